"""What the lexical index keeps of a passage, and where it notes how far it has come."""

import json
import os
from pathlib import Path

from tantivy import Document, Schema, SchemaBuilder

from tools.library.facets import UNDATED
from tools.library.journal import Applied, Entry
from tools.library.terms import spaced

FORMAT = 5
"""Goes up with every change of fields or analysis; an index of another format is made anew."""

TITLE_WEIGHT = 2
"""How often the title is repeated before the text. One field with the title twice beat a boosted
title field on every set measured (nDCG@10 .364/.387/.458 against .366/.391/.453 at best, and half
the time), and fuses better with the vectors."""


def build_schema() -> Schema:
    """The fields of a passage; `stamp` tells what it was made of, `day` is its paper's date as a number."""
    return (
        SchemaBuilder()
        .add_integer_field("number", indexed=True, fast=True)
        .add_integer_field("stamp", fast=True)
        .add_integer_field("day", fast=True)
        .add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
        .add_text_field("text", tokenizer_name="words", index_option="position")
        .add_text_field("title", tokenizer_name="words", index_option="position")
        .add_text_field("authors", tokenizer_name="words", index_option="position")
        .add_text_field("venue", tokenizer_name="words", index_option="position")
        .build()
    )


def document(entry: Entry) -> Document:
    """The passage as it is indexed."""
    return Document(
        number=entry.number,
        stamp=entry.stamp,
        day=UNDATED if entry.day is None else entry.day,
        id=entry.id,
        text=spaced(indexed_text(entry.title, entry.heading, entry.text)),
        title=spaced(entry.title),
        authors=spaced(entry.authors),
        venue=spaced(entry.venue),
    )


def indexed_text(title: str, heading: str, text: str) -> str:
    """What of a passage is searched by words."""
    return "\n".join([*[title] * TITLE_WEIGHT, heading, text])


def read_state(file: Path) -> tuple[int, Applied] | None:
    """The format of the index and how far it has come; None if the file cannot be read."""
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
        return int(state["format"]), Applied(library=state["library"], seq=state["seq"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_state(file: Path, applied: Applied) -> None:
    """Replaces the file in one step: a crash leaves the old or the new state, never half of one."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"format": FORMAT, **applied.model_dump()}), encoding="utf-8")
    os.replace(fresh, file)
