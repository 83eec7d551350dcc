"""How often free texts that agree were right: learned from measured short answers, said in report, trace and why."""

from agents.panel.calibrate import LEAST_CASES
from agents.panel.inherit import inherited, sources
from agents.panel.report import Wish, report_on
from agents.panel.text_cases import MOST_CASES, text_calibration, text_cases
from tools.profiles.outcomes import Outcome


def said(number: int, expert: str, right: float, text: str, answer: str) -> Outcome:
    return Outcome(
        question_id=f"q{number}", expert=f"answerer@{expert}", right=right, at=1.0, answer=answer, reasoning=text
    )


def pair(number: int, *, agree: bool) -> list[Outcome]:
    """Where two experts agree they are right; where they do not, the better one is right in one of three."""
    first = said(number, "a", float(agree or number % 3 == 0), "Seg-Zero is trained with GRPO [1].", "grpo")
    other = ("Seg-Zero is trained with GRPO [2].", "grpo") if agree else ("WISE has one thousand prompts.", "1000")
    return [first, said(number, "b", float(agree), *other)]


def measured(count: int) -> list[Outcome]:
    return [one for number in range(count) for one in pair(number, agree=number % 2 == 0)]


def test_texts_that_agree_are_right_more_often_and_that_is_learned() -> None:
    curve = text_calibration(measured(40))
    assert (curve.calibrated, curve.cases) == (True, 40)
    assert curve.confidence(1.0) > 0.9
    assert curve.confidence(0.0) < 0.5


def test_too_few_cases_calibrate_nothing_and_are_counted() -> None:
    curve = text_calibration(measured(LEAST_CASES - 1))
    assert (curve.calibrated, curve.cases) == (False, LEAST_CASES - 1)


def test_options_ratings_and_single_experts_make_no_cases() -> None:
    alone = [one for one in measured(40) if one.expert.endswith("@a")]
    options = [one.model_copy(update={"options": 4, "choice": 1}) for one in measured(40)]
    rated = [one.model_copy(update={"source": "feedback"}) for one in measured(40)]
    bare = [one.model_copy(update={"reasoning": ""}) for one in measured(40)]
    assert [text_cases(outcomes) for outcomes in (alone, options, rated, bare)] == [[], [], [], []]
    assert len(text_cases(measured(MOST_CASES + 20))) == MOST_CASES


def test_the_report_says_what_agreement_is_worth_and_who_inherits() -> None:
    report = report_on(measured(40), Wish())
    assert report.text_agreement.cases == 40
    assert any(remark.startswith("Not measured of some model: comparer, critic") for remark in report.remarks)


def test_an_agent_inherits_the_answers_and_keeps_its_own_ratings() -> None:
    rating = said(1, "a", 0.0, "", "").model_copy(update={"expert": "critic@a", "source": "feedback"})
    outcomes = [*measured(2), rating]
    assert sources(outcomes)["critic@a"] == "answerer@a"
    critic = [one for one in inherited(outcomes) if one.expert == "critic@a"]
    assert sorted(one.source for one in critic) == ["feedback", "question", "question"]
    assert [one.source for one in inherited(outcomes) if one.expert == "answerer@a"] == ["question", "question"]
