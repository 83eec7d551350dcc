"""The evaluation of a survey as tables in a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from agents.evaluation.citations import CitationScores
from agents.evaluation.evaluate import Evaluation, EvaluationReport, Made
from agents.evaluation.judged import JudgedScores
from agents.evaluation.references import ReferenceScores
from agents.evaluation.structure import Structure

_MOST_SHOWN = 5
Row = tuple[str, str, str]
"""A figure's name, the figure, and what it is made of."""


def print_evaluation(report: EvaluationReport, out: Console) -> None:
    """Prints the report: one column of figures for each draft."""
    parts = [report.draft, *([report.against] if report.against else [])]
    for place, part in enumerate(parts):
        name = ("The draft", "The other")[place] if len(parts) > 1 else "The draft"
        out.print(Text(f"{name}: {part.title}", style="bold"))
    columns = [{row[0]: row[1:] for row in _rows(part)} for part in parts]
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for place in range(len(parts)):
        table.add_column(("draft", "other")[place], justify="right", no_wrap=True)
    table.add_column("" if len(parts) == 1 else "of the draft")
    for label in dict.fromkeys(label for column in columns for label in column):
        figures = [column.get(label, ("", ""))[0] for column in columns]
        style = "bold" if not any(figures) else ""
        table.add_row(Text(label, style=style), *figures, Text(columns[0].get(label, ("", ""))[1], style="dim"))
    out.print(table)
    for line in _remarks(report):
        out.print(Text(line))


def _rows(part: Evaluation) -> Iterator[Row]:
    if part.references:
        yield ("References", "", "")
        yield from _reference_rows(part.references)
    yield ("Citations", "", "")
    yield from _citation_rows(part.citations)
    yield ("Text", "", "")
    repeated = part.redundancy
    made_of = f"{repeated.repeated} of {repeated.sentences} sentences, {repeated.across_parts} in another part"
    yield ("  says again what was said", _share(repeated.rate), made_of)
    yield from _structure_rows(part.structure)
    for name, scores in (("Outline (SAM-O)", part.outline), ("Content (SAM-C)", part.content)):
        if scores:
            yield from _judged_rows(name, scores)
    yield ("Made", "", "")
    yield from _made_rows(part.made)


def _reference_rows(found: ReferenceScores) -> Iterator[Row]:
    yield ("  SAM-R, as published", _figure(found.sam_r), f"a precision: {found.hit} of {found.counted} arXiv ids")
    recall = f"{found.hit} of the benchmark's {found.benchmark_dated} arXiv ids"
    yield ("  recall beside it", _figure(found.sam_r_recall), recall)
    whole = f"{found.matched} of {found.works} references, by id or equal title"
    yield ("  precision, all references", _figure(found.precision), whole)
    yield ("  recall, all references", _figure(found.recall), f"of {found.benchmark_works} in {found.benchmark}")
    if found.held_recall is not None:
        of = f"of the {found.held} that the library holds; not comparable with published figures"
        yield ("  recall in the library", _figure(found.held_recall), of)


def _citation_rows(found: CitationScores) -> Iterator[Row]:
    claims = f"{found.claims} claims" if found.claims is not None else f"{found.sentences} sentences; no ledger"
    yield ("  claims without a citation", _share(found.uncited_rate), f"of {claims}")
    yield ("  citations that lead nowhere", f"{found.unresolved:,}", f"of {found.marks:,} marks")
    if found.recall is not None and found.precision is not None and found.f1 is not None:
        verdicts = ", ".join(f"{count} {verdict}" for verdict, count in found.verdicts.items())
        removed = f"; {found.removed} removed before" if found.removed else ""
        yield ("  citation recall", _figure(found.recall), f"{verdicts}{removed}")
        yield ("  citation precision", _figure(found.precision), f"judged by {', '.join(found.judged_by)}")
        yield ("  F1", _figure(found.f1), "")
    else:
        yield ("  citation recall", "-", "the draft comes without the passages it rests on")
        yield ("  citation precision", "-", "")


def _structure_rows(found: Structure) -> Iterator[Row]:
    yield ("Structure", "", "")
    yield ("  sections", f"{found.sections:,}", f"{found.subsections} subsections")
    yield ("  words", f"{found.words:,}", f"balance of the sections {found.balance:.2f} (1 is even)")
    yield ("  references", f"{found.references:,}", f"{found.cited} cited in the text")
    each = ", ".join(str(one.references) for one in found.each[:20])
    yield ("  distinct references a section", f"{found.references_per_section:g}", each)


def _judged_rows(name: str, found: JudgedScores) -> Iterator[Row]:
    yield (name, "", "")
    yield (f"  {name.split(maxsplit=1)[0].lower()} score, of 100", f"{found.score:g}", f"by {', '.join(found.judges)}")
    for one in found.criteria:
        spread = f"{len(one.judges)} judges, spread {one.spread:g}" if len(one.judges) > 1 else one.judges[0].reason
        yield (f"  {one.criterion}", f"{one.score:g}", spread[:110])


def _made_rows(found: Made) -> Iterator[Row]:
    who = ", ".join(found.models) or ("the extractive model" if found.extractive else "not told")
    yield ("  by", "", who)
    if found.seconds is not None:
        yield ("  seconds", f"{found.seconds:,.1f}", "")
    if found.usage is not None:
        used = found.usage
        told = f"{used.calls} calls; {used.prompt_tokens:,} in ({used.cached_tokens:,} cached), "
        yield ("  tokens", f"{used.total_tokens:,}", f"{told}{used.completion_tokens:,} out")
    if found.cost_usd is not None:
        yield ("  cost", f"${found.cost_usd:,.4f}", "")


def _remarks(report: EvaluationReport) -> Iterator[str]:
    if report.preference:
        winner = {"text": "the draft", "against": "the other", "tie": "neither"}[report.preference.winner]
        yield f"\nPreferred: {winner}, each judge having read both orders"
        for vote in report.preference.votes:
            told = vote.fault or f"draft first: {_side(vote.text_first)}; other first: {_side(vote.against_first)}"
            yield f"  {vote.judge}: {told}"
    yield from _listed("Uncited", list(report.draft.citations.uncited_shown))
    again = [f"{one.part}: {one.sentence} (as in {one.earlier_part})" for one in report.draft.redundancy.worst]
    yield from _listed("Said again", again)
    for note in report.notes:
        yield f"- {note}"


def _side(winner: str | None) -> str:
    return {"text": "the draft", "against": "the other", "tie": "neither"}.get(winner or "", "-")


def _listed(name: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n{name}{f', {_MOST_SHOWN} of {len(lines)}' if len(lines) > _MOST_SHOWN else ''}:"
    for line in lines[:_MOST_SHOWN]:
        yield f"  {line[:200]}"


def _figure(value: float) -> str:
    return f"{value:.3f}"


def _share(value: float) -> str:
    return f"{value:.1%}"
