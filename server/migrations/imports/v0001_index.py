"""How the imports of all processes stand."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing: the table is made as the newest revision has it."""
