"""Papers as rows, and rows as papers."""

import hashlib
import json
from collections.abc import Iterator

from tools.library.chunk import storable
from tools.library.tables import LONGEST_LABEL, LabelKind
from tools.types import Paper, Value


class Stored(Value):
    """A paper's columns but its numbers. `body`: sections and references, "" where there are none."""

    id: str
    digest: str
    published: str
    day: int | None
    record: str
    body: str


def stored(paper: Paper) -> Stored:
    """The paper as its row holds it."""
    record = paper.model_dump_json(exclude={"sections", "references"}, exclude_defaults=True)
    body = ""
    if paper.sections or paper.references:
        body = paper.model_dump_json(include={"sections", "references"}, exclude_defaults=True)
    return Stored(
        id=paper.id,
        digest=hashlib.sha256(f"{record}\n{body}".encode()).hexdigest(),
        published=paper.published,
        day=day_of(paper.published),
        record=record,
        body=body,
    )


def whole(record: str, body: str) -> Paper:
    """The paper with its sections and references."""
    if not body:
        return Paper.model_validate_json(record)
    return Paper.model_validate({**json.loads(record), **json.loads(body)})


def day_of(published: str) -> int | None:
    """A partial date as a number, 20250307, with 0 for what is not known; None if nothing is."""
    if not published:
        return None
    year, month, day, *_ = [*map(int, published.split("-")), 0, 0]
    return year * 10_000 + month * 100 + day


def labels_of(paper: Paper) -> Iterator[tuple[LabelKind, str]]:
    """What the paper can be filtered by besides its date: kind, and the value as it is shown."""
    yield from (("topic", topic) for topic in paper.topics)
    yield from (("format", name) for name in paper.formats)
    if paper.venue:
        yield "venue", paper.venue
    if paper.language:
        yield "language", paper.language


def compared(label: str) -> str:
    """A label as it is compared: case and white space make no difference."""
    return storable(" ".join(label.casefold().split()))[:LONGEST_LABEL]
