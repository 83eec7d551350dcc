"""The numbers that a text states, in English, Japanese and Korean, and whether they stand in its sources."""
