"""Two scopes as one: what both allow, and never more."""

from itertools import product
from pathlib import Path

from server.narrowed import narrowed
from tests.examples import paper
from tests.libraries import EMBEDDER
from tools.library.library import Library
from tools.library.scope import Scope
from tools.types import PaperId

SCOPES = (
    Scope(),
    Scope(year_from=2020),
    Scope(year_to=2020),
    Scope(as_of="2020-06"),
    Scope(as_of="2021"),
    Scope(topics=("a",)),
    Scope(topics=("B", "c"), venues=("x",)),
    Scope(has_pdf=True),
    Scope(paper_ids=frozenset({PaperId("p1"), PaperId("p4")})),
    Scope(paper_ids=frozenset()),
)
PAPERS = [
    paper("p1", published="2019", topics=["a"], venue="X", formats=["pdf"]),
    paper("p2", published="2020-06-30", topics=["a", "b"], venue="x"),
    paper("p3", published="2020-07", topics=["c"], venue="y", formats=["pdf"]),
    paper("p4", published="2021-01-01", topics=["b"]),
    paper("p5", topics=["a"]),
]


async def test_a_list_in_both_scopes_has_what_both_lists_have(tmp_path: Path) -> None:
    async with await Library.open(tmp_path / "library", embedder=EMBEDDER) as library:
        await library.add(PAPERS)

        async def listed(scope: Scope) -> set[str]:
            total, papers = await library.papers(0, 50, scope)
            assert total == len(papers)
            hits = await library.search("paper", limit=50, scope=scope)
            assert {hit.paper.id for hit in hits} == {paper.id for paper in papers}, "as a search has it"
            return {paper.id for paper in papers}

        alone = {scope: await listed(scope) for scope in SCOPES}
        for one, other in product(SCOPES, SCOPES):
            both, shared = await listed(narrowed(one, other)), alone[one] & alone[other]
            assert both <= shared
            if not (one.topics and other.topics):
                assert both == shared
