"""What a text leaves out, numbers that changed places, and questions that ask twice, in four languages."""

import pytest

from agents.panel.answers import asks_once, final_answer, is_polar
from tests.examples import evidence
from tests.unit.panel_voices import flags, panel
from tools.llm.extractive.absence import tells_absence
from tools.llm.extractive.senses import opposition, sense


@pytest.mark.parametrize(
    ("silent", "other"),
    [
        ("The paper gives no runtime for the reranker.", "The runtime of the reranker is low."),
        ("It is not stated whether the 12.4% gain is relative.", "The relative gain is 12.4%."),
        ("Latency per query is missing from the passages.", "Latency per query and scores are not reported."),
        ("The authors do not say which tokenizer was used.", "The tokenizer was used in all runs."),
        ("論文には推論速度が記載されていない。", "推論速度は論文の主な結果である。"),
        ("논문은 추론 속도를 보고하지 않는다.", "추론 속도는 논문의 주요 결과이다."),
        ("论文没有报告推理速度。", "论文的推理速度很快。"),
    ],
)
def test_what_a_text_does_not_tell_contradicts_nothing(silent: str, other: str) -> None:
    assert tells_absence(silent)
    assert opposition(sense(silent), sense(other)) is None
    assert opposition(sense(other), sense(silent)) is None


@pytest.mark.parametrize(
    "said",
    [
        "The method does not train any model.",
        "Retrieval does not improve recall.",
        "精度を改善しない。",
        "정확도를 향상시키지 않는다.",
        "该方法没有提高准确率。",
    ],
)
def test_what_a_method_does_not_do_is_no_such_statement(said: str) -> None:
    assert not tells_absence(said)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Three filters need no annotation.", "Three annotation-free filters are proposed."),
        ("The search works without gradients.", "The gradient-free search works on prompts."),
        ("ラベルなしで動作する防御は四つある。", "ラベルを必要としない防御は四つある。"),
        ("라벨이 필요 없는 방어는 네 가지이다.", "라벨 없이 작동하는 방어는 네 가지이다."),
        ("有四种防御无需标签。", "四种防御不需要标签。"),
    ],
)
def test_free_of_a_thing_is_without_it(first: str, second: str) -> None:
    assert opposition(sense(first), sense(second)) is None
    assert opposition(sense(second), sense(first)) is None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("It was tested with 40 open models and 9 datasets.", "It was tested with 9 models and 40 datasets."),
        (
            "The learned router answers 71% correctly, while the two fixed baselines reach 54% and 48%.",
            "The learned router answers 54% correctly, while the two fixed baselines reach 71% and 48%.",
        ),
        ("40個のモデルと9個のデータセットで試した。", "9個のモデルと40個のデータセットで試した。"),
        ("모델 40개와 데이터셋 9개로 시험했다.", "모델 9개와 데이터셋 40개로 시험했다."),
        ("在40个模型和9个数据集上测试。", "在9个模型和40个数据集上测试。"),
    ],
)
def test_numbers_that_changed_places_are_seen(first: str, second: str) -> None:
    assert opposition(sense(first), sense(second)) is not None
    assert opposition(sense(second), sense(first)) is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "FastKernel is 1.7 times as fast as SlowKernel and works with 8 bits.",
            "FastKernel is 1.7 times as fast as SlowKernel and 3.2 times as fast as OldKernel.",
        ),
        (
            "The two baselines reach 54% and 48%, the router 71%.",
            "The router 71%, the two baselines reach 54% and 48%.",
        ),
        ("It holds 1,401 tasks of 83 projects.", "83 projects supplied its 1,401 tasks."),
    ],
)
def test_other_numbers_of_other_kinds_and_another_order_are_no_contradiction(first: str, second: str) -> None:
    assert opposition(sense(first), sense(second)) is None
    assert opposition(sense(second), sense(first)) is None


def test_an_expert_who_tells_what_is_missing_is_not_doubted() -> None:
    passages = (evidence(1, "speed", "QuickNet draws a mask in 0.2 seconds. The record does not report error values."),)
    _, doubts = flags(
        "QuickNet draws a mask in 0.2 seconds [1]. Error values are not in the record [1].",
        "A mask takes QuickNet 0.2 seconds [1]. The passage is silent on memory, and reports no error values [1].",
        passages=passages,
    )
    assert not any(doubt.severe for doubt in doubts)


def test_numbers_of_the_passage_given_to_other_things_are_severely_doubted() -> None:
    passages = (evidence(1, "scale", "Nine datasets and 40 public models from several groups are included."),)
    _, doubts = flags("The law holds in general, as 9 models and 40 datasets show [1].", passages=passages)
    assert [doubt.reason for doubt in doubts if doubt.severe] == ["opposite"]
    assert flags("The law holds for 40 models and nine datasets [1].", passages=passages)[1] == ()


@pytest.mark.parametrize(
    ("question", "polar", "once"),
    [
        ("Does scale predict skill, and on how many models was that shown?", True, False),
        ("Is the router trained?", True, True),
        ("How many models were used, and was any of them trained?", False, False),
        ("規模は能力を予測しますか、また、いくつのモデルで示されましたか？", True, False),
        ("규모가 능력을 예측합니까, 그리고 몇 개의 모델로 보였습니까?", True, False),
        ("规模能预测能力吗，以及用了多少个模型？", True, False),
        ("Which of A, B and C is faster?", False, True),
    ],
)
def test_a_question_that_asks_twice_is_answered_first_by_yes_or_no(question: str, polar: bool, once: bool) -> None:
    assert is_polar(question) is polar
    assert asks_once(question) is once


def test_yes_and_no_part_and_twice_yes_does_not_hide_other_numbers() -> None:
    question = "Does skill routing help, and by how many points?"
    yes = "Yes, SkillRouter gains 8.15 points over the best baseline on GPQA [2]."
    assert final_answer(yes, question) == "yes"
    assert panel(yes, yes, yes.replace("Yes", "No"), question=question).positions == (0, 0, 1)
    assert panel(yes, yes, yes.replace("8.15", "3.4"), question=question).positions == (0, 0, 1)
