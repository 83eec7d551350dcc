"""Whether citations lead anywhere, and whether what needs one has one."""

import re
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.checks.reference_list import is_reference_list, opens_reference_list
from agents.critic.remark import Remark, place, shortened
from agents.critic.text import Document, Sentence
from tools.quantities.read import quantities

_MARK = re.compile(
    r"(?<![\w\]])[\[【]\^?(?P<labels>\d{1,3}(?:\s?[,;、–-]\s?\d{1,3})*)[\]】](?![(:\w])|(?<=\])\[(?P<next>\d{1,3})\]"
)
_OPEN = re.compile(r"\[(?:unverified|citation needed|\?+|ref|refs?\?|要出典|출처 필요)\]", re.IGNORECASE)
_ENTRY = re.compile(r"(?m)^[ \t]*(?:[-*][ \t]+)?\[(?P<number>\d{1,3})\]:?[ \t]+\S")
_NUMBERED = re.compile(r"[ \t]*(\d{1,3})[.)][ \t]")
_CODE = re.compile(r"`[^`\n]*`")
_ASIDE = re.compile(r"[*_][^*_\n]+[*_]")
_MANY_MARKS = 3
_USUALLY = 0.2
_MOST_UNCITED = 20


def citations(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on marks that lead nowhere, references that nothing cites, and figures without a citation."""
    listed = _listed(document)
    if asked.references is None:
        known = set(listed)
    else:
        known = {entry.number or place_ for place_, entry in enumerate(asked.references, 1)}
    lists = [part for part in document.parts if is_reference_list(part.heading)]
    skipped = {block.start for part in lists for block in part.blocks}
    sentences = [one for one in document.sentences if one.block.start not in skipped and not _is_entry(one)]
    marks = [(sentence, label, span) for sentence in sentences for label, span in _marks(sentence)]
    cited = {label for _, label, _ in marks}
    if marks and not known:
        sentence, _, (start, end) = marks[0]
        yield Remark(
            check="citations",
            severity="major",
            wrong=f"The text cites {len(cited)} references, but none are listed.",
            fix="Add the list of references, or give them with the request.",
            where=place(document.text, sentence, start, end),
        )
    elif known:
        for sentence, label, (start, end) in marks:
            if label not in known:
                yield Remark(
                    check="citations",
                    severity="critical",
                    wrong=f"There is no reference {label}; the list has {len(known)}.",
                    fix="Cite the reference that says this, or take the statement out.",
                    where=place(document.text, sentence, start, end),
                )
        yield from _never_cited(known, cited)
    yield from _open_marks(document)
    if len(marks) >= max(_MANY_MARKS, _USUALLY * len(sentences)):
        yield from _uncited(document, sentences)


def _marks(sentence: Sentence) -> Iterator[tuple[int, tuple[int, int]]]:
    plain = _CODE.sub(lambda found: " " * len(found[0]), sentence.text)
    for found in _MARK.finditer(plain):
        if re.search(r"(?<!\d)0", found[0]):
            continue  # [0, 1] is an interval
        span = sentence.start + found.start(), sentence.start + found.end()
        for part in re.split(r"[,;、]", found["labels"] or found["next"]):
            ends = [int(number) for number in re.findall(r"\d+", part)]
            for label in range(ends[0], min(ends[-1], ends[0] + 20) + 1) if ends[0] <= ends[-1] else ends:
                yield label, span


def _listed(document: Document) -> list[int]:
    """The numbers of the entries of the text's own reference list."""
    found: list[int] = []
    for part in document.parts:
        under = is_reference_list(part.heading)
        for block in part.blocks:
            numbers = [int(match["number"]) for match in _ENTRY.finditer(block.text)]
            if not numbers and under and (match := _NUMBERED.match(block.text)):
                numbers = [int(match[1])]
            found.extend(numbers)
    return found


def _is_entry(sentence: Sentence) -> bool:
    block = sentence.block
    return bool(_ENTRY.match(block.text)) or opens_reference_list(block)


def _never_cited(known: set[int], cited: set[int]) -> Iterator[Remark]:
    if cited and (left := sorted(known - cited)):
        shown = ", ".join(f"[{number}]" for number in left[:12]) + (" and more" if len(left) > 12 else "")
        yield Remark(
            check="citations",
            severity="minor",
            wrong=f"{len(left)} of the references are never cited: {shown}.",
            fix="Cite them where they belong, or take them out of the list.",
        )


def _open_marks(document: Document) -> Iterator[Remark]:
    for block in document.blocks:
        if block.kind == "code":
            continue
        for found in _OPEN.finditer(block.text):
            start, end = block.start + found.start(), block.start + found.end()
            yield Remark(
                check="citations",
                severity="major",
                wrong=f"{found[0]} stands where a reference should be.",
                fix="Cite a source that says this, or take the statement out.",
                where=place(document.text, block, start, end),
            )


def _uncited(document: Document, sentences: list[Sentence]) -> Iterator[Remark]:
    """Sentences with figures and no mark, in a text that cites."""
    count = 0
    for sentence in sentences:
        figures = [one for one in quantities(sentence.text) if not one.small and one.unit != "year"]
        if (
            not figures
            or _ASIDE.fullmatch(sentence.block.text.strip())
            or _MARK.search(sentence.text)
            or _OPEN.search(sentence.text)
        ):
            continue
        after = document.text[sentence.end : sentence.end + 8].lstrip()
        if _MARK.match(after):
            continue
        count += 1
        if count > _MOST_UNCITED:
            return
        yield Remark(
            check="citations",
            severity="minor",
            wrong=f"{shortened(figures[0].text)} is stated without a citation, in a text that cites.",
            fix="Cite the passage that has the number.",
            where=place(document.text, sentence),
        )
