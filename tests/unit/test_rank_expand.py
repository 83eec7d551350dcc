"""A topic split into sub-queries by what the library holds."""

from pathlib import Path

import numpy as np
import pytest

from tests.examples import paper
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.library.rank.expand import acronyms, labels, long_form, spelled_out
from tools.library.scope import Scope
from tools.library.subqueries import sub_queries

TEXTS = [
    "We study large language models (LLMs) that plan.",
    "A Large Language Model (LLM) writes text.",
    "Low-level memory (LLM) is another thing.",
]
GROUPS = {
    "ions": "Trapped ions are cooled by lasers, and quantum gates act on trapped ions.",
    "pots": "Medieval pottery was fired in kilns; glazed pottery shows the trade of towns.",
    "bees": "Honey bees dance to show where nectar is, and honey bees sleep at night.",
}


@pytest.mark.parametrize(
    ("acronym", "texts", "form"),
    [
        ("LLM", TEXTS, "large language model"),
        ("LLMs", TEXTS[:1], "large language model"),
        ("RAG", ["retrieval-augmented generation (RAG) helps"], "retrieval-augmented generation"),
        ("XYZ", TEXTS, None),
        ("LLM", ["nothing near (LLM)"], None),
        ("LLM", [], None),
        ("A+", ["a plus (A+)"], None),
    ],
)
def test_an_acronym_is_spelled_out_as_most_texts_do(acronym: str, texts: list[str], form: str | None) -> None:
    assert long_form(acronym, texts) == form


def test_only_what_is_known_is_spelled_out() -> None:
    assert spelled_out("LLM-based agents for XYZ", TEXTS) == "large language model-based agents for XYZ"
    assert spelled_out("LLMs as agents", TEXTS) == "large language models as agents"
    assert acronyms("LLMs and LLM-based RAG, not Word or A") == ["LLM", "RAG"]


def test_groups_are_named_by_what_they_alone_say() -> None:
    texts = [f"{text} Paper {i}." for i in range(8) for text in GROUPS.values()]
    found = labels(texts, StaticEmbedder().embed(texts), 3)
    assert len(found) == 3
    for subject in ("trapped ions", "pottery", "honey bees"):
        assert sum(subject in label for label in found) == 1


def test_words_of_the_topic_are_no_news_and_little_is_not_grouped() -> None:
    texts = [f"{text} Paper {i}." for i in range(8) for text in GROUPS.values()]
    assert not any(
        "honey bees" in label for label in labels(texts, StaticEmbedder().embed(texts), 3, known="Honey bees")
    )
    assert labels(texts[:3], StaticEmbedder().embed(texts[:3]), 3) == []
    assert labels([], np.zeros((0, 4), dtype=np.float32), 3) == []
    assert labels(["same"] * 9, np.zeros((9, 4), dtype=np.float32), 3) == []


async def test_sub_queries_come_from_the_library_and_stay_the_same(tmp_path: Path) -> None:
    async with await Library.open(tmp_path / "library", embedder=StaticEmbedder()) as library:
        assert await sub_queries(library, "LLM planning") == ["LLM planning"]
        parts = [
            "robots follow plans for household chores",
            "travel agents book flights from plans",
            "proof assistants verify plans of theorems",
        ]
        await library.add(
            [
                paper(
                    f"p{i}",
                    f"Planning {i}",
                    f"Large language models (LLMs) plan: {parts[i % 3]}.",
                    published=str(2020 + i % 4),
                )
                for i in range(48)
            ]
        )
        queries = await sub_queries(library, "LLM planning", most=6)
        assert queries[:2] == ["LLM planning", "large language model planning"]
        assert queries == await sub_queries(library, "LLM planning", most=6)
        assert 3 <= len(queries) <= 6
        assert any("household chores" in query or "robots" in query for query in queries)
        assert await sub_queries(library, "LLM planning", scope=Scope(year_to=1990)) == [
            "LLM planning",
            "large language model planning",
        ]
        assert await sub_queries(library, "LLM planning", most=1) == ["LLM planning"]
        assert await sub_queries(library, " ") == await sub_queries(library, "x", most=0) == []
