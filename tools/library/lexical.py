"""The lexical index: BM25 over passages by tantivy. Derived from the records."""

import json
import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tantivy import Document, Index, IndexWriter, Occur, Query, SchemaBuilder

from tools.errors import OperatorError
from tools.library.journal import Applied, Entry
from tools.library.terms import build_analyser, query_terms, spaced
from tools.types import PaperId, PassageId

FORMAT = 1
"""Goes up with every change of fields or analysis; an index of another format is made anew."""

TITLE_WEIGHT = 2
"""How often the title is repeated before the text. One field with the title twice beat a boosted
title field on every set measured (nDCG@10 .364/.387/.458 against .366/.391/.453 at best, and half
the time), and fuses better with the vectors."""

WRITER_BYTES = 64_000_000


class LexicalIndex:
    """Ranks passages by the query's words. Searches may run in several threads, writes in one."""

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self._folder = folder
        self._read_only = read_only
        self._analyser = build_analyser()
        self._writer: IndexWriter | None = None
        with self._translated():
            self._index = self._open()

    def applied(self) -> Applied | None:
        state = _read_state(self._state_file)
        return None if state is None or state[0] != FORMAT else state[1]

    def apply(self, puts: Sequence[Entry], drops: Sequence[PassageId]) -> None:
        """Returns once the passages are replaced and the others gone, on disk and in searches."""
        with self._translated():
            writer = self._writing()
            for passage_id in [*drops, *(entry.id for entry in puts)]:
                writer.delete_documents_by_term("id", passage_id)
            for entry in puts:
                body = "\n".join([*[entry.title] * TITLE_WEIGHT, entry.heading, entry.text])
                writer.add_document(Document(id=entry.id, paper_id=entry.paper_id, text=spaced(body)))
            writer.commit()
            self._opened.reload()

    def mark(self, applied: Applied) -> None:
        with self._translated():
            _write_state(self._state_file, applied)

    def clear(self) -> None:
        with self._translated():
            self._state_file.unlink(missing_ok=True)
            writer = self._writing()
            writer.delete_all_documents()
            writer.commit()
            self._opened.reload()

    def search(self, query: str, limit: int, paper_ids: Collection[PaperId] | None = None) -> list[PassageId]:
        """Ids of the best passages, best first; only of the given papers, if given.

        The query is free text: nothing in it is read as syntax.
        """
        if self._index is None:
            return []
        with self._translated():
            if self._read_only:
                self._index.reload()
            searcher = self._index.searcher()
            size = max(searcher.num_docs, 1)
            terms = query_terms(self._analyser, query, lambda term: searcher.doc_freq("text", term) / size)
            asked = self._query(terms, paper_ids)
            if asked is None:
                return []
            found = searcher.search(asked, limit, count=False)
            return [PassageId(searcher.doc(address)["id"][0]) for _, address in found.hits]

    def close(self) -> None:
        """Waits for merges, so that nothing touches the folder afterwards."""
        if self._writer is not None:
            with self._translated():
                self._writer.wait_merging_threads()
            self._writer = None
        self._index = None

    @property
    def _opened(self) -> Index:
        if self._index is None:
            raise OperatorError(f"The lexical index in {self._folder} is not open.")
        return self._index

    @property
    def _state_file(self) -> Path:
        return self._folder / "applied.json"

    def _open(self) -> Index | None:
        state = _read_state(self._state_file)
        if self._read_only and (state is None or state[0] != FORMAT):
            return None
        if state is not None and state[0] != FORMAT:
            shutil.rmtree(self._folder)
        self._folder.mkdir(parents=True, exist_ok=True)
        schema = (
            SchemaBuilder()
            .add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
            .add_text_field("paper_id", tokenizer_name="raw", index_option="basic")
            .add_text_field("text", tokenizer_name="words", index_option="freq")
            .build()
        )
        index = Index(schema, path=str(self._folder))
        index.register_tokenizer("words", self._analyser)
        index.config_reader("manual")
        index.reload()
        return index

    def _writing(self) -> IndexWriter:
        if self._writer is None:
            self._writer = self._opened.writer(heap_size=WRITER_BYTES, num_threads=1)
        return self._writer

    def _query(self, terms: dict[str, int], paper_ids: Collection[PaperId] | None) -> Query | None:
        schema = self._opened.schema
        said = [
            (Occur.Should, Query.boost_query(Query.term_query(schema, "text", term, "freq"), float(count)))
            for term, count in terms.items()
        ]
        if not said:
            return None
        if paper_ids is None:
            return Query.boolean_query(said)
        pool = Query.const_score_query(Query.term_set_query(schema, "paper_id", list(paper_ids)), 0.0)
        return Query.boolean_query([(Occur.Must, Query.boolean_query(said)), (Occur.Must, pool)])

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Nothing; failures of tantivy inside become an OperatorError that names the folder."""
        try:
            yield
        except (OSError, ValueError) as error:
            # A writer that failed stays broken; the next one goes on from the last commit.
            self._writer = None
            raise OperatorError(
                f"The lexical index in {self._folder} cannot be used: {error}. Check free space and "
                "permissions; if it is damaged, delete that folder: it is made again at the next start."
            ) from error


def _read_state(file: Path) -> tuple[int, Applied] | None:
    try:
        state = json.loads(file.read_text(encoding="utf-8"))
        return int(state["format"]), Applied(library=state["library"], seq=state["seq"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_state(file: Path, applied: Applied) -> None:
    """Replaces the file in one step: a crash leaves the old or the new state, never half of one."""
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"format": FORMAT, **applied.model_dump()}), encoding="utf-8")
    os.replace(fresh, file)
