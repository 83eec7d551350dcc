"""Headings from what papers are filed under."""

from collections.abc import Sequence

import pytest

from tools.llm.extractive.tags import Tags

TEXTS = ["Federated learning with LLM judges.", "More on federated learning.", "Gaussian splatting in 3D.", "Audio."]
TOPICS = [
    ["federated-learning", "privacy"],
    ["federated-learning", "llm"],
    ["gaussian-splatting", "multimodal"],
    ["llm-as-judge"],
]


def anything(key: tuple[str, ...]) -> bool:
    return bool(key)


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ([0, 1], ["federated learning"]),
        ([2], ["Gaussian splatting"]),
        ([3], ["LLM as judge"]),
        ([0, 2], []),
        ([1, 2, 3], []),
    ],
)
def test_a_shared_topic_is_written_as_the_papers_write_it(group: Sequence[int], expected: list[str]) -> None:
    assert Tags(TOPICS, TEXTS).best(group, anything) == expected


def test_topics_that_say_too_little_head_nothing() -> None:
    assert Tags([["llm", "multimodal", "multi-agent"]] * 2, ["x", "y"]).best([0, 1], anything) == []


def test_a_topic_already_used_is_not_used_again() -> None:
    assert Tags(TOPICS, TEXTS).best([0, 1], lambda key: "feder" not in key) == []


def test_papers_without_topics_leave_the_heading_to_phrases() -> None:
    assert Tags([(), ()], ["x", "y"]).best([0, 1], anything) == []
