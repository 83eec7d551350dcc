"""When each conversation was last used; the other tables are LangGraph's, which has migrations of its own."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: the table is made as the newest revision has it."""
