"""The claim ledger: which sentence cites what, and whether its figures stand in the cited passages."""

import pytest

from agents.verify import claim_ledger, claim_sentences
from tests.examples import evidence

PASSAGES = [
    evidence(1, "a", "The method reaches 63.7 on MMLU-Pro with 16 experts."),
    evidence(2, "b", "Costs fell by 1,200 dollars."),
]


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("The method reaches 63.7 on MMLU-Pro [1].", "supported"),
        ("It saved 1200 dollars in the end [2].", "supported"),
        ("The method reaches 73.7 on MMLU-Pro [1].", "partly"),
        ("The method works rather well [1][9].", "partly"),
        ("The method works rather well [9].", "unsupported"),
        ("The method works rather well.", "uncited"),
    ],
)
def test_verdicts(sentence: str, verdict: str) -> None:
    (claim,) = claim_ledger(sentence, PASSAGES)
    assert claim.verdict == verdict


def test_headings_tables_code_and_fragments_are_no_claims() -> None:
    text = "# A heading with many words\n\n| a | b |\n|---|---|\n\n```\nsome code that looks long\n```\n\nYes.\n\n---\n"
    assert list(claim_sentences(text)) == []


def test_sentences_keep_the_marks_that_follow_their_full_stop() -> None:
    text = "- One thing is true of this. [1]\n- Another thing holds as well [2]. A third one holds too."
    assert [claim.cites for claim in claim_ledger(text, PASSAGES)] == [("a#1",), ("b#2",), ()]


def test_the_ledger_shows_sentences_as_the_reader_sees_them_and_abbreviations_end_none() -> None:
    (claim,) = claim_ledger("Smith et al. report 63.7 on MMLU-Pro, cf. Fig. 2 of that work [1].", PASSAGES)
    assert claim.text == "Smith et al. report 63.7 on MMLU-Pro, cf. Fig. 2 of that work."


@pytest.mark.parametrize("text", ["word" + " " * 40_000 + "[1", ".[1 " * 10_000, "[" * 40_000, "a. " * 20_000])
def test_degenerate_output_is_read_quickly(text: str) -> None:
    claim_ledger(text, PASSAGES)


def test_japanese_sentences_are_claims() -> None:
    text = "この手法は既存の手法よりも高い精度を示す[1]。次の文も主張である。"
    assert [claim.verdict for claim in claim_ledger(text, PASSAGES)] == ["supported", "uncited"]
