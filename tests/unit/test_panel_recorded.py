"""Real answers of two honest experts and a liar: who is doubted, who is parted, and what is left of the merged text."""

import pytest

from agents.panel.agree import Agreement, read
from agents.panel.claims import heard
from agents.panel.merge import Check, check_merged, prepared
from agents.panel.sieve import sifted
from agents.panel.suspect import Flag, dissent, flag
from tests.panel_recorded import Recorded, recorded_panel
from tests.unit.extractive_papers import embed

PANEL = recorded_panel()
LIAR = 2
READ = tuple[Agreement, tuple[Flag, ...]]


def understood(one: Recorded, *, vectors: bool) -> READ:
    said = heard(one.voices)
    agreement = read(said, one.passages, embed(said.texts) if vectors else None, one.question)
    return agreement, flag(agreement, one.passages)


@pytest.fixture(
    params=[(one, vectors) for one in PANEL for vectors in (True, False)], ids=lambda it: it[0].question[:40]
)
def asked(request: pytest.FixtureRequest) -> tuple[Recorded, READ]:
    one, vectors = request.param
    return one, understood(one, vectors=vectors)


def test_the_recording_holds_three_experts_and_a_merged_text_for_each_question() -> None:
    assert len(PANEL) == 10
    assert all(sorted(one.said) == ["ada", "bea", "cyd"] and one.merged and one.passages for one in PANEL)


def test_only_the_liar_is_severely_doubted_and_in_every_answer(asked: tuple[Recorded, READ]) -> None:
    _, (_, doubts) = asked
    assert {doubt.voice for doubt in doubts if doubt.severe} == {LIAR}


def test_the_liar_stands_alone_and_the_aggregator_is_told_what_parts_it(asked: tuple[Recorded, READ]) -> None:
    _, (agreement, doubts) = asked
    assert agreement.positions == (0, 0, 1)
    given = prepared(agreement, doubts)
    assert given.disputed[:2] == ("Position A: expert 1, 2", "Position B: expert 3")
    assert len(given.disputed) > 2
    assert not any("ada" in why or "bea" in why for why in given.dropped)


def test_the_reader_is_shown_no_lie_and_no_false_dispute(asked: tuple[Recorded, READ]) -> None:
    one, (agreement, doubts) = asked
    check = Check(agreement, doubts)
    sifted(one.merged, check.judge)
    assert dissent(agreement, doubts, "en", check.shows) == ()
    assert not any(
        {agreement.heard.assertions[i].voice for i in dispute.between} == {0, 1} for dispute in agreement.disputes
    )


def test_nothing_true_is_taken_out_of_the_merged_texts(asked: tuple[Recorded, READ]) -> None:
    one, (agreement, doubts) = asked
    kept, report = check_merged(one.merged, agreement, doubts)
    assert {judged.outcome for judged in report} <= {"kept", "recited"}, kept
    assert all(judged.experts for judged in report)
