"""How passages are put into a graph: in steps that are large, unless somebody searches."""

from collections.abc import Callable, Iterator

from tools.library.facets import Numbers
from tools.library.graph import Graph
from tools.library.rows import VectorRows
from tools.library.turns import Turns

PASSAGES_PER_STEP = 1_024
"""Chroma takes some .3 s for so many, and not much less for half as many."""

PASSAGES_PER_STEP_BESIDE_SEARCHES = 64
SEARCHED_LATELY_S = 2.0
"""So long after a search nothing is written but what cannot be put off, in small steps: the next one comes soon."""

PUT_OFF = 20_000
"""Beside searches the graph stays so many passages behind: comparing them takes a search 5 ms, a step far longer."""

PASSAGES_PER_MARK = 4_096


def put_in_steps(
    graph: Graph, rows: VectorRows, numbers: Numbers, turns: Turns, stopped: Callable[[], bool]
) -> Iterator[int]:
    """Puts the passages, whose numbers rise; says every few steps, and at the last, up to which it has come.

    `stopped` is asked before each step.
    """
    at = said = 0
    while at < len(numbers) and not stopped():
        searched = turns.searched_within(SEARCHED_LATELY_S)
        some = numbers[at : at + (PASSAGES_PER_STEP_BESIDE_SEARCHES if searched else PASSAGES_PER_STEP)]
        at += len(some)
        vectors = rows.read(some)
        kept = vectors.any(axis=1)
        turns.give_way()
        graph.put(some[kept].tolist(), vectors[kept])
        if at - said >= PASSAGES_PER_MARK or at == len(numbers):
            yield int(some[-1])
            said = at
