"""A few papers, an embedder that needs no weights, and checks shared by the tests of the extractive model."""

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tools.llm.extractive.tokens import terms
from tools.types import Evidence, PaperId, PassageId

_DIMENSIONS = 128


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Hashed term counts, of length 1; a row of zeros for a text without terms."""
    rows = np.zeros((len(texts), _DIMENSIONS), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for term in terms(text):
            row[crc32(term.encode()) % _DIMENSIONS] += 1
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (rows / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


def passage(label: int, paper: str, text: str, *, heading: str = "Abstract", ordinal: int = 0) -> Evidence:
    title, published = TITLES.get(paper, (paper, "2024"))
    return Evidence(
        label=label,
        paper_id=PaperId(paper),
        passage_id=PassageId(f"{paper}#{ordinal}"),
        title=title,
        published=published,
        heading=heading,
        text=text,
    )


TITLES = {
    "router": ("SkillRouter: Choosing Experts by Skill", "2023-05"),
    "survey": ("DraftForge: Writing Surveys with Outlines", "2025-01-10"),
    "moa": ("Liars in the Panel: Deception in Mixture-of-Agents Systems", "2024"),
}

ROUTER = (
    passage(
        1,
        "router",
        "SkillRouter is a framework that chooses language models for each question by the skills it needs [12]. "
        "Existing systems fix one set of experts for a whole task, which is too coarse. "
        "On GPQA, SkillRouter gains 8.15 points over the best baseline [3, 4].",
    ),
    passage(
        2,
        "router",
        "Stated by the authors: skill extraction depends on one keyword model; profiles are fixed by the "
        "validation set; batching loses its advantage when experts change often.",
        heading="Limits",
        ordinal=4,
    ),
    passage(
        3,
        "router",
        "A profile of every model is built from validation questions. The questions are grouped by expert, "
        "so that each model is loaded once on a single GPU.",
        heading="Method",
        ordinal=2,
    ),
)
SURVEY = (
    passage(
        4,
        "survey",
        "DraftForge is a system in which language models write literature surveys from outlines of human surveys. "
        "Earlier systems suffer from weak outlines and unreliable citations. "
        "DraftForge outperforms its baseline on references, outline and content.",
    ),
    passage(
        5,
        "survey",
        "A survey of 64k tokens costs 0.43 US dollars and takes about ten minutes.",
        heading="Cost",
        ordinal=3,
    ),
    passage(
        6,
        "survey",
        "Links between papers stay shallow and wrong citations still occur. "
        "However, users are told to check every survey themselves.",
        heading="Limits",
        ordinal=4,
    ),
)
MOA = (
    passage(
        7,
        "moa",
        "Mixture-of-Agents systems merge the answers of several language models. "
        "A single deceptive agent lowers the win rate from 49.2% to 37.9%. "
        "Clustering of the answers limits the damage of an attack.",
    ),
)
LIBRARY = (*ROUTER, *SURVEY, *MOA)

_MARK = re.compile(r"\s*\[(\d+)\]")


def labels(text: str) -> set[int]:
    """The labels that a text cites."""
    return {int(label) for label in _MARK.findall(text)}


def cited_sentences(text: str) -> list[tuple[str, int]]:
    """Each sentence that ends in a citation, without lead-in and mark, with its label."""
    found = re.findall(r"(?:^|(?<=\]\.)\s|(?<=\): )|(?<=\.\*\* )|\n)([^\[\]\n]+?) \[(\d+)\]", text)
    return [(re.sub(r"^(?:- )?(?:\*[^*]+\*(?: \(\d{4}\))?: |\*\*[^*]+\*\* )?", "", body), int(n)) for body, n in found]


def source_text(label: int, evidence: Sequence[Evidence]) -> str:
    """The evidence with this label, without its own reference marks."""
    text = next(item.text for item in evidence if item.label == label)
    return re.sub(r"\s*\[\d[\d, ]*\]", "", " ".join(text.split()))
