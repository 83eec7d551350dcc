"""The revisions of the tables that the server keeps, a folder for each family."""
