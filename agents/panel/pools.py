"""Pools of experts side by side, on the same questions, before anybody pays for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.panel.crossed import Setup, Trial, comparable, trials
from agents.panel.figures import Comparison, Difference, Measure, PoolReport
from agents.panel.front import marked, paired
from agents.panel.scores import setup_line
from agents.panel.sheet import Sheet
from tools.errors import InvalidRequest

ALL = "all"


@dataclass(frozen=True)
class NamedPool:
    name: str
    experts: tuple[str, ...]


def agent_of(expert: str) -> str:
    """The agent that the expert plays, empty where it is only a model's name."""
    return expert.rpartition("@")[0]


def pool_of(experts: Sequence[str], names: Sequence[str]) -> NamedPool:
    """The experts of these names or models. Raises InvalidRequest."""
    models = {expert.rpartition("@")[2]: expert for expert in experts} | {expert: expert for expert in experts}
    if unknown := [name for name in names if name not in models]:
        known = ", ".join(expert.rpartition("@")[2] for expert in experts)
        raise InvalidRequest(f"'{unknown[0]}' has no answers to try it on; measured are {known}.", param="pool")
    return NamedPool(",".join(names), tuple(dict.fromkeys(models[name] for name in names)))


def compared(
    sheet: Sheet, seated: Sequence[str], pools: Sequence[NamedPool], measure: Measure, thrift: float
) -> Comparison:
    """The pools on the questions that all of their experts were asked; a single one beside all who are `seated`."""
    if len(pools) == 1:
        pools = [NamedPool(ALL, tuple(seated)), *pools]
    rows = comparable(sheet, sorted({expert for pool in pools for expert in pool.experts}))
    if not len(rows):
        raise InvalidRequest("There is no question that all of these models were asked.", param="pool")
    tried = {pool: trials(sheet, pool.experts, rows, thrift) for pool in pools}
    return Comparison(
        questions=len(rows),
        pools=tuple(
            PoolReport(
                name=pool.name,
                experts=pool.experts,
                setups=marked([setup_line(setup, trial) for setup, trial in runs.items()], measure),
            )
            for pool, runs in tried.items()
        ),
        differences=tuple(_differences(tried)),
    )


def _differences(tried: Mapping[NamedPool, Mapping[Setup, Trial]]) -> list[Difference]:
    first, *others = tried
    return [
        Difference(
            pool=pool.name,
            against=first.name,
            setup=setup.name,
            **paired(trial.right, tried[first][setup].right),
        )
        for pool in others
        for setup, trial in tried[pool].items()
    ]
