"""How good a survey is: its references, its citations, its text and its structure, by code and by judges."""
