"""MiniLM from files, and the choice of an embedder by name."""

from pathlib import Path

import numpy as np
import pytest

from tests.onnx_file import write_minilm
from tools.errors import BadSettings, OperatorError
from tools.library.embed import StaticEmbedder
from tools.library.embedders import embedder_named
from tools.library.minilm import LONGEST_TOKENS, MiniLMEmbedder


def axis(place: int) -> list[float]:
    return [float(i == place) for i in range(MiniLMEmbedder.dimensions)]


WORDS = {"[UNK]": axis(0), "graph": axis(1), "node": axis(2), "ion": axis(3)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_minilm(tmp_path / "minilm", WORDS)


def test_a_row_is_the_mean_of_the_tokens_at_length_one(folder: Path) -> None:
    rows = MiniLMEmbedder(folder).embed(["graph node", "ion", "", "?!", "Graph"])
    half = np.sqrt(0.5)
    assert rows.dtype == np.float32
    assert rows.shape == (5, 384)
    assert rows[0, 1:3] == pytest.approx([half, half])
    assert rows[1, 3] == pytest.approx(1)
    assert not rows[2:4].any()
    assert rows[4] == pytest.approx(axis(1))


def test_neither_neighbours_nor_threads_change_a_row(folder: Path) -> None:
    texts = [" ".join(["graph"] * (i % 7) + ["ion"] * (i % 5)) for i in range(200)]
    together = MiniLMEmbedder(folder, threads=4).embed(texts)
    alone = np.concatenate([MiniLMEmbedder(folder).embed([text]) for text in texts[:20]])
    assert (together[:20] == alone).all()


def test_what_the_model_was_not_trained_to_read_is_left_out(folder: Path) -> None:
    [row] = MiniLMEmbedder(folder).embed(["graph " * LONGEST_TOKENS + "ion " * 1_000])
    assert row == pytest.approx(axis(1))


def test_no_texts_no_rows(folder: Path) -> None:
    assert MiniLMEmbedder(folder).embed([]).shape == (0, 384)


def test_int8_and_fp32_are_never_mixed(folder: Path, tmp_path: Path) -> None:
    quantized = write_minilm(tmp_path / "int8", WORDS, remark="DynamicQuantizeLinear")
    assert MiniLMEmbedder(folder).name == "minilm-384"
    assert MiniLMEmbedder(quantized).name == "minilm-int8-384"


@pytest.mark.parametrize("missing", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_is_named_with_what_to_do(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(OperatorError, match=f"needs {missing} in .*choose the embedder static"):
        MiniLMEmbedder(folder)


@pytest.mark.parametrize("broken", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("content", [b"", b"\x00\xff garbage", b"{}"])
def test_a_broken_file_is_an_error_that_says_where(folder: Path, broken: str, content: bytes) -> None:
    (folder / broken).write_bytes(content)
    with pytest.raises(OperatorError, match=r"MiniLM files in .* cannot be used"):
        MiniLMEmbedder(folder).embed(["graph"])


def test_embedders_are_chosen_by_name(folder: Path) -> None:
    assert isinstance(embedder_named("static"), StaticEmbedder)
    assert embedder_named("minilm", minilm_folder=folder).name == "minilm-384"


@pytest.mark.parametrize("name", ["", "openai", "openai:", "openai: ", "bert", "openai:without-client"])
def test_another_name_is_refused_with_the_choice(name: str) -> None:
    with pytest.raises(BadSettings, match=r"choose static|needs an endpoint"):
        embedder_named(name)
