"""Simulated experts: answers drawn by a seeded generator, so that tests know how good everybody is. No model said
any of it."""

from collections.abc import Mapping

import numpy as np

from tools.profiles.outcomes import Outcome
from tools.profiles.questions import LETTERS, Question, QuestionSet

OPTIONS = 6


def simulated_questions(count: int, skills: int = 2) -> QuestionSet:
    """Choice questions that each need one skill, in turn."""
    questions = tuple(
        Question(
            id=f"simulated-{i}",
            question=f"Simulated question {i}?",
            kind="choice",
            options=tuple(f"option {LETTERS[j]}" for j in range(OPTIONS)),
            answer=LETTERS[i % OPTIONS],
            skills=(f"skill {i % skills}",),
        )
        for i in range(count)
    )
    return QuestionSet(name="simulated", questions=questions)


def simulated_answers(
    questions: QuestionSet,
    accuracy: Mapping[str, tuple[float, ...]],
    prices: Mapping[str, float] | None = None,
    seed: int = 0,
) -> list[Outcome]:
    """What experts, who err independently, answer: `accuracy` is of each at each skill, `prices` of an answer."""
    chance = np.random.default_rng(seed)
    found = []
    for i, question in enumerate(questions.questions):
        gold = question.gold or 0
        for expert, shares in accuracy.items():
            right = bool(chance.random() < shares[i % len(shares)])
            wrong = (gold + 1 + int(chance.integers(OPTIONS - 1))) % OPTIONS
            found.append(
                Outcome(
                    question_id=question.key,
                    expert=expert,
                    right=float(right),
                    at=1_790_000_000.0 + i,
                    skills=question.skills,
                    choice=gold if right else wrong,
                    options=OPTIONS,
                    gold=gold,
                    cost_usd=(prices or {}).get(expert),
                    seconds=1.0 + i % 20,
                )
            )
    return found
