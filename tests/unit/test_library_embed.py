import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tools.library.embed import StaticEmbedder, _load, normalised


@pytest.fixture(scope="module")
def embedder() -> StaticEmbedder:
    return StaticEmbedder()


def test_rows_have_length_one_in_the_order_of_the_texts(embedder: StaticEmbedder) -> None:
    texts = ["graph neural networks", "a", "the longest text of these three about cooking rice " * 9]
    rows = embedder.embed(texts)
    assert rows.shape == (3, embedder.dimensions)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    for text, row in zip(texts, rows, strict=True):
        assert embedder.embed([text])[0] == pytest.approx(row, abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "?!... --", "\0", "()[]{}", "\x01\x02"])
def test_text_that_says_nothing_has_a_zero_row(embedder: StaticEmbedder, text: str) -> None:
    rows = embedder.embed(["words", text])
    assert rows[0].any()
    assert not rows[1].any()


@pytest.mark.parametrize("text", ["x" * 1_000_000, "word " * 200_000, "日本語の論文", "\ud800 broken", "\0 NUL"])
def test_odd_text_has_a_usable_row(embedder: StaticEmbedder, text: str) -> None:
    assert np.linalg.norm(embedder.embed([text])) == pytest.approx(1, abs=1e-5)


def test_no_texts_no_rows(embedder: StaticEmbedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_meaning_is_near_and_case_does_not_matter(embedder: StaticEmbedder) -> None:
    query, near, far = embedder.embed(["Neural Networks", "neural networks", "medieval pottery"])
    assert query @ near == pytest.approx(1, abs=1e-5)
    assert query @ near > query @ far + 0.3


def test_many_threads_may_load_and_embed_at_once() -> None:
    _load.cache_clear()
    fresh = StaticEmbedder()
    with ThreadPoolExecutor(8) as threads:
        rows = list(threads.map(lambda _: fresh.embed(["one text"])[0], range(16)))
    assert all((row == rows[0]).all() for row in rows)


def test_unusable_lengths_become_zero_rows() -> None:
    rows = np.array([[3, 4], [0, 0], [np.nan, 1], [np.inf, 1]], dtype=np.float32)
    assert normalised(rows).tolist() == [pytest.approx([0.6, 0.8]), [0, 0], [0, 0], [0, 0]]


def test_loading_leaves_logging_alone() -> None:
    before = (list(logging.getLogger().handlers), logging.getLogger().level)
    StaticEmbedder().embed(["text"])
    assert (list(logging.getLogger().handlers), logging.getLogger().level) == before


def test_heavy_packages_are_not_imported_before_they_are_needed() -> None:
    code = "import sys, tools.library.library; print([m for m in ('chromadb', 'wordllama') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
