"""The revisions of these tables, oldest first: Alembic reads them when a database is older than the code."""
