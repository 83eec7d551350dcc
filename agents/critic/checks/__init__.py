"""What code finds in a text, one kind of fault a file: no model has a say here."""
