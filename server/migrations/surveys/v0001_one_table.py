"""Surveys in one table, each a JSON text: what is adopted as the first version made it."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: this table is there, or the tables are made as the newest revision has them."""
