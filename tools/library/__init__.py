"""The user's papers and passages, with the indexes that find them."""
