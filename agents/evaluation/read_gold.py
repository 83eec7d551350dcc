"""Reading lists of references that a survey is scored against."""

import json
import re
from collections.abc import Iterable, Mapping

from agents.evaluation.read_text import read_works
from agents.evaluation.works import Gold, Work, arxiv_id_in, folded, work_of
from tools.errors import InvalidRequest
from tools.types import Paper, PaperId

Json = object


def read_gold(text: str, name: str, topic: str = "") -> Gold:
    """The references in a file called `name`: SurveyBench's JSON, a list, JSONL with one topic a line, or plain text.

    SurveyBench's own lists and `ref.json` map arXiv ids to records. Of several topics the one of the survey is taken.
    Raises InvalidRequest where nothing is found, with the topics there are.
    """
    if name.endswith(".jsonl"):
        return _of_topic([_parsed(line, name) for line in text.splitlines() if line.strip()], name, topic)
    if name.endswith(".json"):
        works = tuple(_works(_parsed(text, name)))
    else:
        works = read_works(text) or tuple(_line(line) for line in text.splitlines() if line.strip())
    if not works:
        raise InvalidRequest(f"{name} holds no references.")
    return Gold(name=name, works=works)


def gold_of(papers: Iterable[Paper], name: str) -> Gold:
    """The references in records of papers, such as a BibTeX file holds."""
    works = tuple(work_of(paper).model_copy(update={"paper_id": None}) for paper in papers)
    if not works:
        raise InvalidRequest(f"{name} holds no references.")
    return Gold(name=name, works=works)


def _of_topic(rows: list[Json], name: str, topic: str) -> Gold:
    topics = [row for row in rows if isinstance(row, Mapping) and "bench_references" in row]
    if not topics:
        works = tuple(work for row in rows if (work := _entry("", row)) is not None)
        return Gold(name=name, works=works)
    wanted = [row for row in topics if folded(str(row["topic"])) == folded(topic)]
    if not wanted:
        known = "; ".join(str(row["topic"]) for row in topics)
        raise InvalidRequest(f"{name} has no topic '{topic}'. Name one of its topics with --topic: {known}.")
    row = wanted[0]
    pairs = zip(_texts(row["bench_references"]), _texts(row.get("bench_arxiv_ids")), strict=False)
    works = tuple(Work(title=title, arxiv_id=arxiv_id) for title, arxiv_id in pairs)
    held = frozenset(map(PaperId, _texts(row.get("bench_refs_in_corpus"))))
    return Gold(name=f"{name}: {row['topic']}", works=works, held=held)


def _works(found: Json) -> Iterable[Work]:
    items = found.items() if isinstance(found, Mapping) else (("", one) for one in found if found)  # type: ignore[attr-defined]
    for key, value in items:
        if (work := _entry(str(key), value)) is not None:
            yield work


def _entry(key: str, value: Json) -> Work | None:
    if isinstance(value, str):
        return _line(value) if not key else Work(title=value, arxiv_id=arxiv_id_in(key))
    if not isinstance(value, Mapping):
        return Work(arxiv_id=arxiv_id_in(key)) if arxiv_id_in(key) else None
    given = next((str(value[name]) for name in ("arxivId", "arxiv_id", "arxiv") if value.get(name)), key)
    title = str(value.get("title") or "")
    arxiv_id = arxiv_id_in(given)
    return Work(title=title, arxiv_id=arxiv_id) if title or arxiv_id else None


def _line(line: str) -> Work:
    bare = re.sub(r"^\s*[-*]\s+", "", line).strip()
    arxiv_id = arxiv_id_in(bare)
    return Work(arxiv_id=arxiv_id) if arxiv_id == bare else Work(title=bare, arxiv_id=arxiv_id, whole_entry=True)


def _texts(values: Json) -> list[str]:
    return [str(value or "") for value in values] if isinstance(values, list) else []


def _parsed(text: str, name: str) -> Json:
    try:
        found: Json = json.loads(text)
    except ValueError as error:
        raise InvalidRequest(f"{name} is not valid JSON: {error}.") from None
    if not isinstance(found, Mapping | list):
        raise InvalidRequest(f"{name} holds neither a list nor a table of references.")
    return found
