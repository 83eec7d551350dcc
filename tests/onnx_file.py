"""A tiny ONNX model in MiniLM's form, written byte by byte: each token id looked up in a table of vectors."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

_FLOAT, _INT64 = 1, 7


def write_minilm(folder: Path, words: Mapping[str, list[float]], *, remark: str = "") -> Path:
    """The folder with model.onnx and tokenizer.json that know these words, and "[UNK]" for any other."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    table = np.array(list(words.values()), dtype="<f4")
    (folder / "model.onnx").write_bytes(_model(table, remark))
    return folder


def _model(table: np.ndarray[tuple[int, ...], np.dtype[np.float32]], remark: str) -> bytes:
    node = _text(1, "table") + _text(1, "input_ids") + _text(2, "last_hidden_state") + _text(4, "Gather")
    weights = b"".join(_number(1, size) for size in table.shape)
    weights += _number(2, _FLOAT) + _text(8, "table") + _part(9, table.tobytes())
    inputs = (
        _part(11, _value(name, _INT64, "batch", "length")) for name in ("input_ids", "attention_mask", "token_type_ids")
    )
    output = _part(12, _value("last_hidden_state", _FLOAT, "batch", "length", table.shape[1]))
    graph = _part(1, node) + _text(2, "g") + _part(5, weights) + _text(10, remark) + b"".join(inputs) + output
    return _number(1, 8) + _part(7, graph) + _part(8, _number(2, 13))


def _value(name: str, kind: int, *sizes: str | int) -> bytes:
    dims = b"".join(_part(1, _text(2, size) if isinstance(size, str) else _number(1, size)) for size in sizes)
    return _text(1, name) + _part(2, _part(1, _number(1, kind) + _part(2, dims)))


def _text(field: int, text: str) -> bytes:
    return _part(field, text.encode())


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])
