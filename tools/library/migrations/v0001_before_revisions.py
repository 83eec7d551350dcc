"""The library's tables as the first version made them: what is adopted without a change."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: these tables are there, or they are made as the newest revision has them."""
