"""The bundled questions: each can be answered from the papers it names, and none gives its answer away by its form."""

import re
from collections import Counter
from functools import cache

import pytest

from seeds import seed_papers, seed_questions
from tools.profiles.grade import grade, normalised
from tools.profiles.numbers import numbers_in, read_number
from tools.profiles.questions import LETTERS, Question

QUESTIONS = seed_questions().questions
CHOICES = [question for question in QUESTIONS if question.kind == "choice"]


@cache
def entry_text(paper_id: str) -> str:
    paper = next(paper for paper in seed_papers() if paper.id == paper_id)
    return "\n".join((paper.title, paper.abstract, *(section.text for section in paper.sections)))


def named(question: Question) -> str:
    return question.id


def test_there_are_enough_of_many_kinds_on_many_skills_and_papers() -> None:
    kinds = Counter(question.kind for question in QUESTIONS)
    assert len(QUESTIONS) >= 120
    assert kinds["choice"] >= 60
    assert min(kinds["exact"], kinds["number"], kinds["set"]) >= 15
    skills = Counter(skill for question in QUESTIONS for skill in question.skills)
    assert len(skills) >= 20
    assert all(count >= 2 for count in skills.values()), "a skill that is asked about once teaches nothing"
    assert len({paper for question in QUESTIONS for paper in question.papers}) >= 75
    assert all(question.skills and question.papers for question in QUESTIONS)


def test_no_two_are_alike() -> None:
    words = [frozenset(normalised(question.question).split()) for question in QUESTIONS]
    for at, one in enumerate(words):
        for other in words[at + 1 :]:
            assert len(one & other) / len(one | other) < 0.75, (one, other)


def test_neither_position_nor_length_gives_the_right_option_away() -> None:
    positions = Counter(question.gold for question in CHOICES)
    assert max(positions.values()) - min(positions.values()) <= 2
    assert set(positions) == {0, 1, 2, 3}
    longest = sum(max(question.options, key=len) == question.options[question.gold or 0] for question in CHOICES)
    assert longest <= 0.35 * len(CHOICES)


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.kind in ("exact", "set")], ids=named)
def test_the_names_stand_in_the_entry(question: Question) -> None:
    text = f" {normalised(' '.join(map(entry_text, question.papers)))} "
    for names in question.accepted:
        assert any(f" {normalised(name)} " in text for name in names), names


@pytest.mark.parametrize("question", [q for q in QUESTIONS if q.kind == "number"], ids=named)
def test_the_number_stands_in_the_entry(question: Question) -> None:
    gold = read_number(str(question.answer))
    assert gold is not None
    values = [number.value for paper in question.papers for number in numbers_in(entry_text(paper))]
    # "30-fold" and "340 TOPS": what follows a number is not always a unit
    values += [
        float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*(?:\.\d+)?", entry_text(question.papers[0]))
    ]
    assert any(abs(value - gold.value) < 1e-9 * max(1, abs(gold.value)) for value in values)


@pytest.mark.parametrize("question", CHOICES, ids=named)
def test_the_words_of_the_right_option_stand_in_the_entry_more_than_chance(question: Question) -> None:
    text = set(normalised(" ".join(map(entry_text, question.papers))).split())
    right = [word for word in normalised(question.options[question.gold or 0]).split() if len(word) > 3]
    stems = {word[:5] for word in text}
    assert sum(word[:5] in stems for word in right) >= len(right) / 2, right


@pytest.mark.parametrize("question", QUESTIONS, ids=named)
def test_the_right_answer_is_graded_right_and_a_wrong_one_wrong(question: Question) -> None:
    members = question.accepted if question.kind == "set" else question.accepted[:1]
    said = "; ".join(names[0] for names in members)
    assert grade(question, said).right == 1.0
    assert grade(question, f"The answer is {said}.").right == 1.0
    for at, option in enumerate(question.options):
        assert grade(question, option).choice == at
        assert grade(question, f"({LETTERS[at]}) {option}").choice == at
    assert grade(question, "").right == 0.0
