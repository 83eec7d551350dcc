"""How right an answer is: what people and models really write, and what must hold for any answer."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.errors import InvalidRequest
from tools.profiles.grade import grade
from tools.profiles.numbers import numbers_in
from tools.profiles.questions import LETTERS, Question

METHODS = Question(id="c", question="?", kind="choice", options=("Diffusion", "GRPO", "PPO clipping", "12"), answer="B")


def number(answer: str | float, tolerance: str | float | None = None) -> Question:
    return Question(id="n", question="?", kind="number", answer=answer, tolerance=tolerance)


@pytest.mark.parametrize(
    "text",
    [
        "B", "(B)", "b", "**B**", "Ｂ", "B.", "The answer is (B).", "the answer is option B", "Answer: B", "GRPO",
        "答えはBです", "正解は「B」です。", "정답은 B입니다", "정답: (B)", "答案是B", "选B", "\\boxed{\\text{B}}",
        "It uses GRPO [3].", "B) GRPO", "The correct answer is **B: GRPO**.", "Option B is best",
        "The answer is A. But no, the answer is B.", "Final answer: B\nBecause (A) is wrong", "Reasons.\n\nB",
        "The answer is B because A does not hold", "The answer is a method called GRPO", "`B`", "$B$",
    ],
)  # fmt: skip
def test_an_option_is_understood_however_it_is_chosen(text: str) -> None:
    assert grade(METHODS, text).choice == 1, grade(METHODS, text).why


@pytest.mark.parametrize(
    "text", ["A or B", "The answer is A or B", "(A), (B)", "B. Diffusion", "Diffusion or GRPO", "A model uses it", "E"]
)
def test_who_names_several_options_or_none_is_wrong_and_told_why(text: str) -> None:
    found = grade(METHODS, text)
    assert (found.right, found.choice, found.abstained) == (0.0, None, False)
    assert found.why


@pytest.mark.parametrize("text", ["", " \n", "**", "I don't know.", "N/A", "わかりません", "모르겠습니다"])
def test_a_blank_is_no_answer(text: str) -> None:
    assert grade(METHODS, text).abstained
    assert grade(number(3), text).abstained


def test_what_reads_like_no_answer_may_be_the_right_one() -> None:
    asked = Question(id="c", question="?", kind="choice", options=("None", "Some"), answer="None")
    assert grade(asked, "None").right == 1.0


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        (9000, "9,000 samples"), (9000, "9k"), (9000, "9 thousand"), (57.5, "Seg-Zero-7B reaches 57.5 [1]"),
        ("45%", "0.45"), ("45%", "45 percent"), ("45%", "45"), (0.0005, "5e-4"), (0.0005, "5 × 10⁻⁴"),
        (0.0005, "5 \\times 10^{-4}"), ("1.5 GB", "1500 MB"), ("18%", "from 20 to 18%"), (3, "The answer is 3, not 4"),
        (16, "8 + 8 = 16"), ("300 ms", "0.3 s"), (7_000_000_000, "7B"), (2.37, "2.37x"), (-5, "−5"), (12, "１２"),
        (120, "The answer is 120 (of 350)"), (3, "答えは3です"), (64_000, "64K tokens"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_written(gold: str | float, text: str) -> None:
    assert grade(number(gold), text).right == 1.0, grade(number(gold), text)


@pytest.mark.parametrize(
    ("gold", "text"),
    [
        (9000, "9001"),
        ("45%", "54%"),
        (57.5, "57"),
        ("300 ms", "300 s"),
        (7, "Qwen2.5-VL-7B"),
        (3, "4, not 3, is wrong 5"),
    ],
)
def test_another_number_is_wrong(gold: str | float, text: str) -> None:
    assert grade(number(gold), text).right == 0.0


def test_a_tolerance_is_absolute_or_a_share() -> None:
    assert grade(number(100, "5%"), "104").right == 1.0
    assert grade(number(100, "5%"), "106").right == 0.0
    assert grade(number(100, 0.5), "100.5").right == 1.0
    assert grade(number(57.5), "57.52").right == 1.0, "as far as the digits go"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("GRPO", 1.0), ("group relative policy optimization (GRPO)", 1.0), ("It is called GRPO.", 1.0),
        ("**GRPO**", 1.0), ("We see PPO. The answer is GRPO", 1.0), ("GRPO or PPO", 0.0), ("not GRPO", 0.0),
        ("PPO, GRPO", 0.0), ("GRPOs", 0.0),
    ],
)  # fmt: skip
def test_an_exact_answer_is_compared_without_its_dress(text: str, right: float) -> None:
    asked = Question(id="e", question="?", kind="exact", answer=("GRPO", "Group Relative Policy Optimization"))
    assert grade(asked, text).right == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("ImageNet, MS COCO and Vision and Language", 1.0),
        ("- COCO\n- Vision and Language\n- ImageNet", 1.0),
        ("COCO", 0.5),
        ("ImageNet、COCO", 0.8),
        ("COCO, LVIS", 0.4),
        ("LVIS", 0.0),
    ],
)
def test_a_set_earns_its_f1(text: str, right: float) -> None:
    asked = Question(id="s", question="?", kind="set", answer=("ImageNet", ("COCO", "MS COCO"), "Vision and Language"))
    assert grade(asked, text).right == pytest.approx(right)


def test_a_rubric_cannot_be_graded_without_a_model() -> None:
    with pytest.raises(InvalidRequest, match="rubric"):
        grade(Question(id="r", question="?", kind="rubric", rubric="Names two limits"), "text")


WORDS = st.text(alphabet="bcdfghjklmnpqrstvwxz", min_size=3, max_size=12)
OPTIONS = st.lists(WORDS, min_size=2, max_size=10, unique=True).filter(
    lambda words: not any(a != b and a in b for a in words for b in words)
)
DRESSES = [
    "{}",
    "({})",
    "**{}**",
    "The answer is ({}).",
    "Answer: {}",
    "答えは{}です",
    "정답은 {}입니다",
    "\\boxed{{{}}}",
]


@given(OPTIONS, st.data(), st.sampled_from(DRESSES))
def test_letter_and_text_choose_the_same_in_any_dress(options: list[str], data: st.DataObject, dress: str) -> None:
    at = data.draw(st.integers(0, len(options) - 1))
    asked = Question(id="c", question="?", kind="choice", options=tuple(options), answer=options[at])
    assert asked.gold == at
    for said in (LETTERS[at], options[at]):
        assert grade(asked, dress.format(said)).choice == at


@given(st.text(max_size=200), st.sampled_from(["choice", "exact", "number", "set"]))
def test_no_text_breaks_the_grading_and_who_is_not_understood_is_not_right(text: str, kind: str) -> None:
    asked = {
        "choice": METHODS,
        "exact": Question(id="e", question="?", kind="exact", answer="GRPO"),
        "number": number(12345.678),
        "set": Question(id="s", question="?", kind="set", answer=("GRPO", "PPO")),
    }[kind]
    found = grade(asked, text)
    assert 0 <= found.right <= 1
    assert not (found.abstained and found.right)
    assert found.right == 1 or found.why


@given(st.floats(-1e12, 1e12, allow_nan=False).map(lambda value: round(value, 6)))
def test_every_number_is_itself_in_each_notation(value: float) -> None:
    asked = number(value, "0.0001%")
    for text in (f"{value!r}", f"{value:,.6f}", f"{value:.9e}", f"The answer is {value:.6f}."):
        assert grade(asked, text).right == 1.0, (text, numbers_in(text))


@given(st.lists(WORDS, min_size=1, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_the_order_of_a_set_does_not_count(members: list[str], chance: random.Random) -> None:
    asked = Question(id="s", question="?", kind="set", answer=tuple(members))
    shuffled = chance.sample(members, len(members))
    for text in (", ".join(shuffled), "\n".join(f"- {member}" for member in shuffled), " and ".join(shuffled)):
        assert grade(asked, text).right == 1.0
    fewer = grade(asked, ", ".join(shuffled[:-1]))
    assert fewer.right < 1.0
