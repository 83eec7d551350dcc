"""What experts have been seen to get right: the outcomes that profiles are counted from, and where they are kept."""
