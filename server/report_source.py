"""What a report on a panel is made of: a profile, and what calls have taken besides."""

from collections.abc import Mapping
from pathlib import Path

from agents.panel.scores import Taken
from server.database import database_of, nothing_kept
from server.settings import Settings
from tools.errors import UnreadableFile
from tools.profiles.kept import Kept, kept_as, kept_in
from tools.profiles.outcomes import Outcome
from tools.profiles.store import open_profiles
from tools.spend.experts import CallFigures, calls_of_experts
from tools.spend.ledger import open_ledger


async def stored_profile(settings: Settings) -> tuple[Kept, Mapping[str, Taken]]:
    """The profile of this installation, and what its calls took."""
    async with open_profiles(database_of(settings, "profiles")) as store:
        kept = await kept_in(store)
    if not kept.outcomes or nothing_kept(settings, "spend"):
        return kept, {}
    async with open_ledger(database_of(settings, "spend")) as ledger:
        return kept, taken_by(kept.outcomes, await calls_of_experts(ledger.engine))


def profile_in(path: Path) -> Kept:
    """The profile in a file. Raises UnreadableFile, InvalidRequest."""
    try:
        return kept_as(path.read_text("utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path}: not UTF-8 at byte {error.start:,}.") from None
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read ({error.strerror}).") from error


def taken_by(outcomes: tuple[Outcome, ...], calls: Mapping[tuple[str, str], CallFigures]) -> dict[str, Taken]:
    """What the calls of each expert took; where it has not played its agent yet, those for validation questions."""
    found = {}
    for expert in {outcome.expert for outcome in outcomes}:
        agent, _, model = expert.rpartition("@")
        if figures := calls.get((agent, model)) or calls.get(("", model)):
            found[expert] = Taken(figures.cost_usd, figures.seconds_median, figures.seconds_p95)
    return found
