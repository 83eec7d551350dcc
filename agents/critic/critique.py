"""A critique of a text: code checks and judges side by side, then one report."""

import asyncio
from dataclasses import dataclass, field

from agents.critic.asked import Asked, Source
from agents.critic.bench import bench_for
from agents.critic.checked import CheckReport, checked, in_order
from agents.critic.judges import Judged, Matter, judge_text
from agents.critic.located import located
from agents.critic.overall import Overall, overall
from agents.critic.pairwise import Compared, compare_texts
from agents.critic.remark import Remark
from agents.critic.text import Document, read_text
from tools.critic_shelf import CriticShelf, MemoryShelf
from tools.language import text_language
from tools.llm.extractive.language import language_of
from tools.llm.extractive.tokens import words
from tools.llm.pool import Pool
from tools.llm.terms import Meter
from tools.types import Evidence, PaperId, PassageId, Usage, Value

_MOST_SOURCE = 40_000


@dataclass(frozen=True)
class CriticDeps:
    """What a critique needs from outside. Without a `meter`, what the calls say that they took is what it took."""

    pool: Pool
    shelf: CriticShelf = field(default_factory=MemoryShelf)
    meter: Meter | None = None


class Size(Value):
    characters: int
    words: int
    sentences: int
    sections: int
    items: int
    language: str


class CritiqueReport(Value):
    """All that was found about a text. `extractive`: no language model judged it, its scores were measured.

    `degraded`: a language model should have, and failed.
    """

    size: Size
    overall: Overall
    judged: Judged
    checks: tuple[CheckReport, ...]
    remarks: tuple[Remark, ...]
    comparison: Compared | None = None
    notes: tuple[str, ...] = ()
    usage: Usage = Usage()
    extractive: bool = False
    degraded: bool = False


async def critique_text(asked: Asked, deps: CriticDeps) -> CritiqueReport:
    """The critique that is asked for. Raises InvalidRequest for judges that do not exist, BudgetExceeded."""
    document = await asyncio.to_thread(read_text, asked.text)
    bench = bench_for(deps.pool, asked.authors, asked.judges)
    language = language_of(asked.request) if asked.request.strip() else asked.language or text_language(asked.text)
    matter = Matter(
        text=asked.text,
        request=asked.request,
        evidence=tuple(_evidence(number, source) for number, source in enumerate(asked.sources, 1)),
        language=language or "en",
    )
    fallback = deps.pool.fallback
    (reports, found), judged = await asyncio.gather(
        asyncio.to_thread(checked, document, asked), judge_text(matter, bench, fallback, deps.shelf)
    )
    comparison = None
    if asked.against:
        comparison = await compare_texts(matter, asked.against, judged.rubric, bench, fallback)
    said, lost = located(document, judged.remarks)
    usage = judged.usage + (comparison.usage if comparison else Usage())
    return CritiqueReport(
        size=_size(document),
        overall=overall(judged.score, reports, found, document, asked.weights),
        judged=judged,
        checks=reports,
        remarks=tuple(in_order([*found, *said])),
        comparison=comparison,
        notes=(*judged.notes, *lost),
        usage=deps.meter.usage if deps.meter else usage,
        extractive=judged.extractive,
        degraded=judged.degraded,
    )


def _size(document: Document) -> Size:
    return Size(
        characters=len(document.text),
        words=words(document.text),
        sentences=len(document.sentences),
        sections=sum(block.kind == "heading" for block in document.blocks),
        items=len(document.items),
        language=text_language(document.text),
    )


def _evidence(number: int, source: Source) -> Evidence:
    return Evidence(
        label=number,
        paper_id=PaperId(source.id or f"source-{number}"),
        passage_id=PassageId(f"{source.id or f'source-{number}'}#0"),
        title=source.title or f"Source {number}",
        published=source.published,
        heading="",
        text=source.text[:_MOST_SOURCE],
        authors=source.authors,
    )
