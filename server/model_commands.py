"""What `models` does."""

import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from server.models import open_plan
from server.models_file import BUILT_IN, EndpointEntry, ModelsFile
from server.settings import Settings, environment

_PLAIN_WIDTH = 160
NONE_CONFIGURED = "No language model is configured. Set OPENAI_API_KEY, or write a models file (see seeds/models.toml)."


async def show_models(settings: Settings) -> int:
    """Prints the models, what each plays, costs and can take, and where that can be changed."""
    out = table_console()
    async with open_plan(settings, environment()) as (plan, _):
        out.print(_pool_table(plan))
    out.print(f"\nmodels file: {settings.models or settings.data_dir / 'models.toml'}", markup=False)
    if plan is None:
        out.print(NONE_CONFIGURED)
    return 0


def table_console() -> Console:
    """The standard output, wide enough for a table where it is no terminal."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PLAIN_WIDTH)


def _pool_table(plan: ModelsFile | None) -> Table:
    table = Table("model", "kind", "plays", "window", "$/M in, out", "limits", "fallbacks", box=None, pad_edge=False)
    for entry in plan.models if plan else ():
        price = f"{entry.price.input:g}, {entry.price.output:g}" if entry.price else ""
        window = f"{entry.context_window:,}" if entry.context_window else ""
        plays = ", ".join(_plays(plan, entry.name))
        fallbacks = escape(", ".join(entry.fallbacks))
        table.add_row(escape(entry.name), "language model", plays, window, price, _limits(entry), fallbacks)
    table.add_row(BUILT_IN, "extractive", ", ".join([*_plays(plan, BUILT_IN), "fallback"]))
    return table


def _plays(plan: ModelsFile | None, name: str) -> list[str]:
    """The parts that a model plays; without a plan the built-in model plays all of them."""
    names = [entry.name for entry in plan.models] if plan else [BUILT_IN]
    experts = list(plan.roles.experts if plan else ()) or names
    parts = {"expert": name if name in experts else ""}
    for part in ("router", "aggregator", "writer"):
        parts[part] = (getattr(plan.roles, part) if plan else "") or experts[0]
    return [part for part, player in parts.items() if player == name]


def _limits(entry: EndpointEntry) -> str:
    limits = {
        "requests/min": entry.requests_per_minute,
        "tokens/min": entry.tokens_per_minute,
        "at once": entry.concurrency,
    }
    return ", ".join(f"{limit:,.10g} {unit}" for unit, limit in limits.items() if limit is not None)
