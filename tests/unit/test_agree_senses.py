"""Sentences in like words that say different things are told apart, and paraphrases are not, in four languages."""

import pytest

from tools.llm.extractive.figures import figures
from tools.llm.extractive.senses import difference, opposition, sense

CONTRADICTIONS = [
    ("figures", "DPO improves accuracy by 4.2 points", "DPO improves accuracy by 2.4 points"),
    ("figures", "The pool has four experts", "The pool has 5 experts"),
    ("order", "DPO beats PPO on GPQA", "PPO beats DPO on GPQA"),
    ("order", "X beats Y", "Y beats X"),
    ("order", "Retrieval outperforms fine-tuning", "Fine-tuning outperforms retrieval"),
    ("order", "DPO is outperformed by PPO", "DPO outperforms PPO"),
    ("order", "The win rate falls from 49.2% to 37.9%", "The win rate falls from 37.9% to 49.2%"),
    ("order", "A survey costs 0.43 dollars and takes 10 minutes", "A survey costs 10 dollars and takes 0.43 minutes"),
    ("order", "RouterNet scores 63.7 and DebateNet 61.8", "RouterNet scores 61.8 and DebateNet 63.7"),
    (
        "negation",
        "Debate improves the accuracy of small models",
        "Debate does not improve the accuracy of small models",
    ),
    ("negation", "The reranker was ablated by the authors", "The reranker wasn't ablated by the authors"),
    ("direction", "A liar raises the win rate of the panel", "A liar lowers the win rate of the panel"),
    ("names", "DPO is the best method for this", "PPO is the best method for this"),
    ("figures", "精度は63.7ポイントです", "精度は61.8ポイントです"),
    ("order", "DPOはPPOを上回る", "PPOはDPOを上回る"),
    ("order", "DPOはPPOより高い精度を示す", "PPOはDPOより高い精度を示す"),
    ("negation", "この手法は精度を改善する", "この手法は精度を改善しない"),
    ("direction", "学習率を上げると精度が向上する", "学習率を上げると精度が低下する"),
    ("figures", "정확도는 63.7포인트이다", "정확도는 61.8포인트이다"),
    ("order", "DPO는 PPO보다 성능이 높다", "PPO는 DPO보다 성능이 높다"),
    ("negation", "이 방법은 정확도를 향상시킨다", "이 방법은 정확도를 향상시키지 않는다"),
    ("figures", "准确率为63.7个百分点", "准确率为61.8个百分点"),
    ("order", "DPO优于PPO", "PPO优于DPO"),
    ("negation", "该方法提高了准确率", "该方法没有提高准确率"),
    ("direction", "该方法提高了准确率", "该方法降低了准确率"),
]


@pytest.mark.parametrize(("why", "first", "second"), CONTRADICTIONS)
def test_contradictions_are_seen_both_ways_round(why: str, first: str, second: str) -> None:
    assert opposition(sense(first), sense(second)) == why
    assert opposition(sense(second), sense(first)) == why
    assert difference(sense(first), sense(second)) is not None


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("DPO improves accuracy by 4.2 points", "With DPO, accuracy improves by 4.2 percentage points"),
        ("DPO beats PPO on GPQA", "On GPQA, DPO outperforms PPO"),
        ("DPO outperforms PPO", "PPO is outperformed by DPO"),
        ("It not only improves accuracy but also lowers cost", "It improves accuracy and lowers cost"),
        ("MoA loses its gain", "Mixture-of-Agents loses its gain"),
        ("The model has 7 billion parameters", "The model has 7B parameters"),
        ("The set holds 1,200 questions", "The set holds 1200 questions"),
        ("The record reports no scores, ablations or hardware", "The record reports no ablations, hardware or scores"),
        ("It improves accuracy, but does not lower cost", "It improves accuracy"),
        ("None of the passages tests it", "It is tested in none of the passages"),
        ("精度だけでなく速度も改善する", "精度と速度を改善する"),
        ("정확도뿐만 아니라 속도도 향상시킨다", "정확도와 속도를 향상시킨다"),
        ("不仅提高了准确率，还降低了成本", "提高了准确率并降低了成本"),
    ],
)
def test_paraphrases_contradict_nothing(first: str, second: str) -> None:
    assert opposition(sense(first), sense(second)) is None
    assert difference(sense(first), sense(second)) is None


def test_another_name_is_another_claim_but_no_contradiction() -> None:
    first, second = sense("DPO uses a reference model"), sense("PPO uses a reference model")
    assert difference(first, second) == "names"
    assert opposition(first, second) is None


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("7B, 70億, 0.7 billion and 1.2k", ("7000000000", "7000000000", "700000000", "1200")),
        ("매개변수 7억 개, 参数3万个", ("700000000", "30000")),
        ("*SkillRouter* (2025-03) reaches 63.70%", ("63.7",)),
        ("from 1,024 tokens", ("1024",)),
    ],
)
def test_numbers_are_written_one_way(text: str, held: tuple[str, ...]) -> None:
    assert figures(text) == held
