"""The MiniLM embedder: Chroma's ONNX files, fp32 or int8, run by onnxruntime."""

import mmap
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tools.errors import OperatorError
from tools.library.embed import cleaned, normalised

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

LONGEST_TOKENS = 256
"""What the model was trained to read; text beyond is not embedded."""

FILES = ("model.onnx", "tokenizer.json")
_QUANTIZED = b"DynamicQuantizeLinear"
_AHEAD = 64


def chroma_folder() -> Path:
    """Where Chroma's own embedder keeps the files, so that a machine that has them needs no second copy."""
    return Path.home() / ".cache" / "chroma" / "onnx_models" / "all-MiniLM-L6-v2" / "onnx"


class MiniLMEmbedder:
    """Sentence vectors of all-MiniLM-L6-v2.

    One text a run, as many runs at once as there are processors: measured as fast as padded batches
    (109 abstracts a second on 2 cores against 51 to 109), and the vectors of an int8 model would depend
    on what else is in a batch (cosine .992 to the same text in another batch), because its activations
    share one scale.
    """

    dimensions = 384
    weight = 0.65

    def __init__(self, folder: Path | None = None, *, threads: int | None = None) -> None:
        """The files are looked at now and loaded at first use. Raises OperatorError where they are missing."""
        self._folder = folder or chroma_folder()
        self._check()
        self.name = "minilm-int8-384" if _quantized(self._folder / "model.onnx") else "minilm-384"
        self._threads = threads or os.cpu_count() or 1
        self._loading = Lock()
        self._model: tuple[InferenceSession, Tokenizer] | None = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row per text, of length 1, or all zeros for text without a letter or digit."""
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        wanted = [(row, text) for row, text in enumerate(map(cleaned, texts)) if text]
        if len(wanted) == 1:
            rows[wanted[0][0]] = self._vector(wanted[0][1])
        elif wanted:
            with ThreadPoolExecutor(self._threads, "minilm") as pool:
                for start in range(0, len(wanted), _AHEAD):
                    part = wanted[start : start + _AHEAD]
                    rows[[row for row, _ in part]] = list(pool.map(self._vector, [text for _, text in part]))
        return normalised(rows)

    def _vector(self, text: str) -> NDArray[np.float32]:
        """The mean over the text's token vectors."""
        session, tokenizer = self._loaded()
        ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        hidden = np.asarray(session.run(None, given)[0])
        mean: NDArray[np.float32] = hidden[0].mean(axis=0, dtype=np.float32)
        return mean

    def _loaded(self) -> "tuple[InferenceSession, Tokenizer]":
        with self._loading:
            if self._model is None:
                self._model = _load(self._folder)
            return self._model

    def _check(self) -> None:
        missing = [name for name in FILES if not (self._folder / name).is_file()]
        if missing:
            raise OperatorError(
                f"The embedder minilm needs {' and '.join(missing)} in {self._folder}, and nothing is downloaded "
                "without being asked. Put the files of all-MiniLM-L6-v2 in ONNX format there (where Chroma's default "
                "embedding function was used once they are there already), or choose the embedder static.",
                code="embedder_missing",
            )


def _quantized(model: Path) -> bool:
    """Whether the model computes in int8. Its vectors differ enough not to be mixed with those of fp32."""
    try:
        with model.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return content.find(_QUANTIZED) >= 0
    except (OSError, ValueError) as error:
        raise _unusable(model.parent, error) from error


def _load(folder: Path) -> "tuple[InferenceSession, Tokenizer]":
    from onnxruntime import InferenceSession, SessionOptions
    from onnxruntime.capi.onnxruntime_pybind11_state import (  # the classes it raises have no public name
        Fail,
        InvalidArgument,
        InvalidGraph,
        InvalidProtobuf,
    )
    from tokenizers import Tokenizer

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        session = InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])
    except (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, OSError) as error:
        raise _unusable(folder, error) from error
    except Exception as error:  # tokenizers raises bare Exception for a file it cannot read
        if type(error) is not Exception:
            raise
        raise _unusable(folder, error) from error
    tokenizer.enable_truncation(LONGEST_TOKENS)
    tokenizer.no_padding()
    return session, tokenizer


def _unusable(folder: Path, error: Exception) -> OperatorError:
    return OperatorError(
        f"The MiniLM files in {folder} cannot be used ({error}). Replace them, or choose the embedder static.",
        code="embedder_missing",
    )
