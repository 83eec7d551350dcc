"""Papers from RIS, the exchange format of reference managers; also PubMed's tagged records."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from tools.library.ingest.entry import BadEntry, Unusable, build_paper, doi_of
from tools.library.ingest.lines import capped_lines, text_of
from tools.library.ingest.opened import Opened
from tools.library.ingest.people import spoken
from tools.types import Paper

LONGEST_RECORD = 200_000

_TAGGED = re.compile(r"([A-Z][A-Z0-9])  ?- ?(.*)")
_PUBMED = re.compile(r"(?=.{4}-)([A-Z]{2,4}) *- (.*)")
_FIELDS: dict[str, tuple[str, ...]] = {
    "title": ("TI", "T1", "CT", "BT"),
    "abstract": ("AB", "N2"),
    "published": ("DA", "Y1", "DP", "PY", "YR"),
    "year": ("PY", "Y1", "YR"),
    "venue": ("T2", "JF", "JO", "JT", "JA", "TA", "BT", "T3", "PB"),
    "url": ("UR", "LK", "L1", "L2"),
    "language": ("LA",),
}
"""The tags that may hold a field, the best first. Source: RIS format specification; PubMed help."""
_DOIS = ("DO", "DI", "LID", "AID")
_AUTHORS = ("AU", "A1", "FAU")
_KEYWORDS = ("KW", "OT", "MH")

Record = Mapping[str, list[str]]


def read_ris(opened: Opened) -> Iterator[Paper | BadEntry]:
    """The file's papers in order, and what is wrong with the records that are none."""
    nothing = True
    for line, record in _records(opened):
        nothing = False
        try:
            yield _paper(record)
        except Unusable as error:
            yield BadEntry(where=f"{opened.name}:{line}", why=str(error))
    if nothing:
        yield BadEntry(where=opened.name, why="there is no RIS record in it")


def _records(opened: Opened) -> Iterator[tuple[int, Record]]:
    """Each record with the number of its first line; ends at "ER", or where the next begins.

    A line without a tag goes on with the value before it.
    """
    record: defaultdict[str, list[str]] = defaultdict(list)
    begun, size, last = 0, 0, ""
    for number, raw in enumerate(capped_lines(opened.file), 1):
        text = text_of(raw).rstrip()
        tagged = (_PUBMED if "PMID" in record or text.startswith("PMID-") else _TAGGED).fullmatch(text)
        tag = tagged[1] if tagged else ""
        if record and tag in ("ER", "TY", "PMID"):
            yield begun, record
            record, size = defaultdict(list), 0
        if tag == "ER" or not (tag or record):
            continue
        size += len(text)
        if tagged:
            begun = begun if record else number
            record[tag].append(tagged[2].strip())
            last = tag
        elif text.strip() and size < LONGEST_RECORD:
            record[last][-1] += "\n" + text.strip() if last in ("AB", "N2") else " " + text.strip()
    if record:
        yield begun, record


def _paper(record: Record) -> Paper:
    """The paper that a record describes. Raises Unusable."""
    fields: dict[str, object] = {
        name: next((text for tag in tags for text in record.get(tag, ()) if text), None)
        for name, tags in _FIELDS.items()
    }
    fields["published"] = _date(str(fields["published"] or ""))
    fields["doi"] = next((found for tag in _DOIS for text in record.get(tag, ()) if (found := _doi(text))), None)
    full = record.get("FAU") or [name for tag in _AUTHORS for name in record.get(tag, ())]
    fields["authors"] = [spoken(name) for name in full]
    fields["topics"] = [word for tag in _KEYWORDS for word in record.get(tag, ())]
    return build_paper(fields)


def _doi(text: str) -> str:
    return doi_of(text.removesuffix("[doi]"))


def _date(text: str) -> str:
    """ "2020/03/07/Spring" without the parts that are empty or no number; other dates as they are."""
    found = re.match(r"(\d{4})/(\d{1,2})?/?(\d{1,2})?", text)
    return "-".join(part for part in found.groups() if part) if found else text
