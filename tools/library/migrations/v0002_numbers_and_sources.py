"""Papers and passages get numbers, and what each source says of a paper is kept: everything is written anew."""

from alembic import op

from tools.library.migrate import migrate
from tools.library.progress import no_progress

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Reads the papers from the old tables and writes them to the new ones."""
    context = op.get_context()
    told = context.config.attributes.get("progress") if context.config is not None else None
    migrate(op.get_bind(), told or no_progress)
