"""The panel's tasks without a language model: they answer from the evidence, or not at all."""

import pytest

from tests.unit.extractive_papers import embed, passage
from tools.llm.extractive.model import ExtractiveModel
from tools.llm.panel_tasks import (
    JUDGE_RUBRIC,
    NAME_SKILLS,
    SOLVE,
    AnswerKind,
    JudgeRubricIn,
    NameSkillsIn,
    Option,
    SkilledQuestion,
    SolveIn,
)

MODEL = ExtractiveModel(embed)
EVIDENCE = (
    passage(1, "GraspNet", "GraspNet detects grasps for glass objects. It was trained on 473 object meshes with GRPO."),
    passage(2, "SpeechMix", "SpeechMix transcribes speech in 82 languages. Its encoder is AV-HuBERT."),
)


async def solved(question: str, *options: str, kind: AnswerKind = "choice", context: str = "") -> str:
    shown = tuple(Option(letter="ABCD"[at], text=text) for at, text in enumerate(options))
    given = SolveIn(question=question, kind=kind, options=shown, evidence=EVIDENCE, context=context)
    return (await MODEL.run(SOLVE, given)).output.answer


async def test_the_option_that_the_evidence_speaks_for_is_chosen() -> None:
    options = ("wooden toys", "glass objects", "82 languages")
    assert await solved("For which objects does GraspNet detect grasps?", *options) == "B"
    assert await solved("For which objects does GraspNet detect grasps?", *reversed(options)) == "B"
    assert await solved("What does SpeechMix transcribe?", "music", "glass", "speech in 82 languages") == "C"


async def test_where_nothing_supports_an_option_there_is_no_answer() -> None:
    assert await solved("Who won the chess championship?", "Karpov", "Kasparov", "Fischer") == ""
    given = SolveIn(
        question="Which?", kind="choice", options=(Option(letter="A", text="x"), Option(letter="B", text="y"))
    )
    assert (await MODEL.run(SOLVE, given)).output.answer == ""


async def test_a_number_and_a_name_are_taken_from_the_evidence() -> None:
    assert await solved("On how many object meshes was GraspNet trained?", kind="number") == "473"
    assert await solved("Which encoder does SpeechMix have?", kind="exact") == "AV-HuBERT"


async def test_the_context_counts_as_evidence() -> None:
    text = "The Danube flows through Vienna."
    assert await solved("Through which city does the Danube flow?", "Paris", "Vienna", context=text) == "B"


async def test_skills_are_those_of_the_nearest_questions_or_the_requests_own_terms() -> None:
    near = (
        SkilledQuestion(question="a", skills=("robotics", "3d vision"), similarity=0.9),
        SkilledQuestion(question="b", skills=("robotics",), similarity=0.8),
        SkilledQuestion(question="c", skills=("poetry",), similarity=0.1),
    )
    asked = NameSkillsIn(question="How are robots taught to grasp glass?", nearest=near)
    assert (await MODEL.run(NAME_SKILLS, asked)).output.skills[0] == "robotics"
    assert "poetry" not in (await MODEL.run(NAME_SKILLS, asked)).output.skills
    own = (await MODEL.run(NAME_SKILLS, asked.model_copy(update={"nearest": near[2:]}))).output.skills
    assert own
    assert not set(own) & {"robotics", "poetry"}


async def test_who_says_more_of_the_rubric_scores_more() -> None:
    rubric = "Names the cost of labelling. Names the bias of the judge."
    answers = ("Labelling has a high cost, and the judge has a bias.", "Labelling has a high cost.", "I like cats.", "")
    scores = [
        (
            await MODEL.run(JUDGE_RUBRIC, JudgeRubricIn(question="Which limits?", rubric=rubric, answer=answer))
        ).output.score
        for answer in answers
    ]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[1] > scores[2] >= scores[3] == 0


@pytest.mark.parametrize("text", ["", "\x00", "A" * 200_000, "[" * 3_000, "（" * 500, "😀 12 %"])
async def test_no_input_breaks_them(text: str) -> None:
    hostile = (passage(1, text[:50] or "t", text or "x"),)
    for kind in ("choice", "exact", "number", "set", "rubric"):
        options = (Option(letter="A", text=text[:300]), Option(letter="B", text="y")) if kind == "choice" else ()
        await MODEL.run(SOLVE, SolveIn(question=text[:500], kind=kind, options=options, evidence=hostile))
    await MODEL.run(NAME_SKILLS, NameSkillsIn(question=text[:500]))
    await MODEL.run(JUDGE_RUBRIC, JudgeRubricIn(question="q", rubric=text[:500], answer=text))
