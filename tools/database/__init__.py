"""What every database of ours shares: how it is reached, locked and brought up to date."""
