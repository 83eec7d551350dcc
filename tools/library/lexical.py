"""The lexical index: BM25 over passages by tantivy. Derived from the records."""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from tantivy import DocAddress, FieldType, Index, IndexWriter, Occur, Query, Searcher

from tools.errors import OperatorError
from tools.library.facets import Mask, Numbers
from tools.library.journal import Applied, Entry
from tools.library.lexical_schema import FORMAT, build_schema, document, indexed_text, read_state, write_state
from tools.library.query import Condition
from tools.library.scope import Allowed
from tools.library.terms import build_analyser, in_pairs, query_terms
from tools.library.unwritable import linked, writable
from tools.types import PassageId

WRITER_BYTES = 64_000_000

LISTED_AT_MOST = 2_000
"""Up to so many passages allowed are named in the query, which takes 10 ms; of more, the hits are looked through."""

ROOM = 1.5
"""So much deeper than the allowed passages' share asks for: they are seldom spread evenly."""

_NO_WORD = re.compile(r"[\W_]+")


class LexicalIndex:
    """Ranks passages by the query's words. Searches may run in several threads, writes in one."""

    def __init__(self, folder: Path, *, read_only: bool) -> None:
        self._folder = folder
        self._read_only = read_only
        self._analyser = build_analyser()
        self._writer: IndexWriter | None = None
        self._links: TemporaryDirectory[str] | None = None
        with self._translated():
            self._index = self._open()

    def applied(self) -> Applied | None:
        state = read_state(self._state_file)
        return None if state is None or state[0] != FORMAT else state[1]

    def apply(self, puts: Sequence[Entry], drops: Sequence[int]) -> None:
        """Returns once the passages are replaced and those with the numbers are gone, on disk and in searches."""
        with self._translated():
            writer = self._writing()
            for number in drops:
                writer.delete_documents_by_term("number", number)
            for entry in puts:
                writer.delete_documents_by_term("id", entry.id)
            for entry in puts:
                writer.add_document(document(entry))
            writer.commit()
            self._opened.reload()

    def mark(self, applied: Applied) -> None:
        with self._translated():
            write_state(self._state_file, applied)

    def clear(self) -> None:
        with self._translated():
            self._state_file.unlink(missing_ok=True)
            writer = self._writing()
            writer.delete_all_documents()
            writer.commit()
            self._opened.reload()

    def terms(self, text: str) -> dict[str, float]:
        """The terms that a query text is looked up by, with their weights. Nothing in it is read as syntax."""
        with self._searching() as searcher:
            if searcher is None:
                return {}
            return query_terms(self._analyser, text, partial(_share, searcher))

    def terms_of_passage(self, title: str, heading: str, text: str) -> list[str]:
        """The terms of a passage as they are indexed, in order, repeated as they occur."""
        return self._analyser.analyze(in_pairs(indexed_text(title, heading, text)))

    def shares(self, terms: Iterable[str]) -> dict[str, float]:
        """The part of the indexed passages that have each term, from 0 to 1."""
        with self._searching() as searcher:
            return {} if searcher is None else {term: _share(searcher, term) for term in terms}

    def search(self, terms: Mapping[str, float], limit: int, allowed: Allowed | None = None) -> dict[PassageId, float]:
        """The `limit` best passages with their BM25 scores, best first; only of those allowed, if given."""
        if self._index is None:
            return {}
        schema = self._opened.schema
        weighted = [
            (Occur.Should, Query.boost_query(Query.term_query(schema, "text", term, "freq"), weight))
            for term, weight in terms.items()
            if weight > 0
        ]
        return self._found(Query.boolean_query(weighted), limit, allowed) if weighted else {}

    def matching(
        self, conditions: Sequence[Condition], limit: int, allowed: Allowed | None = None
    ) -> dict[PassageId, float]:
        """Up to `limit` passages that meet every condition, the best match first; of those allowed, if given.

        A condition without a word that is indexed, such as "the", is met by everything.
        """
        return {} if self._index is None else self._found(self._all_of(conditions), limit, allowed)

    def meeting(self, conditions: Sequence[Condition]) -> Mask:
        """By number: the passages that meet every condition."""
        with self._searching() as searcher:
            if searcher is None or not searcher.num_docs:
                return np.zeros(1, dtype=np.bool_)
            numbers = _column(
                searcher, "number", searcher.search(self._all_of(conditions), searcher.num_docs, count=False).hits
            )
            met = np.zeros(int(numbers.max(initial=0)) + 1, dtype=np.bool_)
            met[numbers] = True
            return met

    def stamps(self) -> tuple[Numbers, Numbers]:
        """The numbers of all passages in the index, and the stamps of the entries they were made of."""
        with self._searching() as searcher:
            if searcher is None or not searcher.num_docs:
                return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
            hits = searcher.search(Query.all_query(), searcher.num_docs, count=False).hits
            return _column(searcher, "number", hits), _column(searcher, "stamp", hits)

    def close(self) -> None:
        """Waits for merges, so that nothing touches the folder afterwards."""
        if self._writer is not None:
            with self._translated():
                self._writer.wait_merging_threads()
            self._writer = None
        self._index = None
        if self._links is not None:
            self._links.cleanup()

    @property
    def _opened(self) -> Index:
        if self._index is None:
            raise OperatorError(f"The lexical index in {self._folder} is not open.")
        return self._index

    @property
    def _state_file(self) -> Path:
        return self._folder / "applied.json"

    def _open(self) -> Index | None:
        state = read_state(self._state_file)
        if self._read_only and (state is None or state[0] != FORMAT):
            return None
        if state is not None and state[0] != FORMAT:
            shutil.rmtree(self._folder)
        if self._read_only and not writable(self._folder):
            self._links = linked(self._folder)
        else:
            self._folder.mkdir(parents=True, exist_ok=True)
        index = Index(build_schema(), path=self._links.name if self._links else str(self._folder))
        index.register_tokenizer("words", self._analyser)
        index.config_reader("manual")
        index.reload()
        return index

    def _writing(self) -> IndexWriter:
        if self._writer is None:
            self._writer = self._opened.writer(heap_size=WRITER_BYTES, num_threads=1)
        return self._writer

    def _condition(self, condition: Condition) -> Query | None:
        words = _NO_WORD.sub(" ", in_pairs(condition.words))
        if not self._analyser.analyze(words):
            return None
        return self._opened.parse_query(f'"{words}"', [condition.field])

    def _all_of(self, conditions: Sequence[Condition]) -> Query:
        with self._translated():
            parsed = [query for condition in conditions if (query := self._condition(condition)) is not None]
        return Query.boolean_query([(Occur.Must, query) for query in parsed]) if parsed else Query.all_query()

    def _found(self, asked: Query, limit: int, allowed: Allowed | None) -> dict[PassageId, float]:
        """The best hits that are allowed: looks deeper until there are enough of them, or no more hits."""
        with self._searching() as searcher:
            if searcher is None or limit < 1 or (allowed is not None and not allowed.count):
                return {}
            share = 1.0 if allowed is None else allowed.share
            if allowed is not None and allowed.count <= LISTED_AT_MOST:
                asked = _both(asked, self._one_of(np.flatnonzero(allowed.mask)))
                allowed, share = None, 1.0
            elif allowed is not None and allowed.days is not None:
                # within tantivy: 5 % of 600,000 in a quarter of the time that looking through the hits takes
                asked, share = _both(asked, self._within(allowed.days)), allowed.share_of_days
            depth = int(limit / share * ROOM) if share < 1 else limit
            while True:
                hits = searcher.search(asked, min(depth, max(searcher.num_docs, 1)), count=False).hits
                kept = hits
                if allowed is not None and hits:
                    kept = [hits[i] for i in np.flatnonzero(allowed.among(_column(searcher, "number", hits)))[:limit]]
                if len(kept) >= limit or len(hits) < depth:
                    return {PassageId(searcher.doc(address)["id"][0]): float(score) for score, address in kept}
                depth *= 4

    def _within(self, days: tuple[int, int]) -> Query:
        dated = Query.range_query(self._opened.schema, "day", FieldType.Integer, *days)
        return Query.const_score_query(dated, 0.0)

    def _one_of(self, numbers: Numbers) -> Query:
        return Query.const_score_query(Query.term_set_query(self._opened.schema, "number", numbers.tolist()), 0.0)

    @contextmanager
    def _searching(self) -> Iterator[Searcher | None]:
        """The index as it is now; None where there is none yet."""
        with self._translated():
            if self._index is not None and self._read_only:
                self._index.reload()
            yield None if self._index is None else self._index.searcher()

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


def _column(searcher: Searcher, field: str, hits: Sequence[tuple[float, DocAddress]]) -> Numbers:
    """The field's value of each hit: some 5 million a second."""
    values = searcher.fast_field_values(field, [address for _, address in hits])
    return np.array(values, dtype=np.int64)


def _share(searcher: Searcher, term: str) -> float:
    return searcher.doc_freq("text", term) / max(searcher.num_docs, 1)


def _both(asked: Query, pool: Query) -> Query:
    return Query.boolean_query([(Occur.Must, asked), (Occur.Must, pool)])
