"""A text that is pasted for review goes to the critic; every other message goes to the router."""

import pytest

from agents.critic.pasted import pasted_text
from agents.graph import before_route
from agents.state import Turn

TEXT = (
    "Megalodon is an architecture for long sequences. It has 7 billion parameters and was trained on 2 trillion "
    "tokens. It reaches a training loss of 1.70, between Llama2-7B and Llama2-13B. It inherits from Mega and adds a "
    "complex moving average, timestep normalisation and normalised attention.\n\nIts code is public."
)


@pytest.mark.parametrize(
    "message",
    [
        f"Please review this summary:\n\n{TEXT}",
        f"What is wrong with the following text? {''}\n{TEXT}",
        f"次の要約を添削してください。\n\n{TEXT}",
        f"다음 요약을 검토해 주세요:\n\n{TEXT}",
        f"{TEXT}\n\nPlease critique the text above.",
        f"Check my draft.\n```\n{TEXT}\n```",
        f'Proofread this abstract for a journal: """{TEXT}""" Be strict.',
    ],
)
def test_a_pasted_text_is_told_from_the_wish(message: str) -> None:
    found = pasted_text(message)
    assert found is not None
    assert found.text == TEXT
    assert found.request
    assert before_route(_turn(message)) == "review_text"


@pytest.mark.parametrize(
    "message",
    [
        "Criticise the evaluation of Symbolic-MoE and SurveyForge.",
        "Review this: too short to be a text.",
        f"Which papers disagree with the following claim?\n\n{TEXT}",
        f"{TEXT}\n\nWhich papers of my library are about this?",
        "Compare the limits of " + ", ".join(f"method {number}" for number in range(60)) + ".",
    ],
)
def test_questions_to_the_library_stay_with_the_router(message: str) -> None:
    assert pasted_text(message) is None
    assert before_route(_turn(message)) == "route"


def _turn(message: str) -> Turn:
    return {"question": message, "instructions": "", "effort": "balanced", "history": [], "said": [], "steps": []}
