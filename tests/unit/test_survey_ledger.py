"""The ledger of a draft: what is caught by code, by another model, by shared words; and what becomes of it."""

from collections.abc import Sequence

import pytest

from agents.cite import cited_labels
from agents.survey.judge import judge_of, judged
from agents.survey.ledger import Entry, checked, claims_in, says_of_itself
from agents.survey.mend import remarks_on, unsound
from agents.survey.overlap import overlaps
from agents.survey.settle import UNCITED, UNSUPPORTED, settled
from agents.survey.state import Unsupported, Written
from agents.survey.tabulate import comparison_table
from tests.scripted import ScriptedModel
from tools.errors import Unreachable
from tools.llm.pool import Pool
from tools.llm.survey_tasks import Judged, JudgedClaim, JudgeIn, Remark
from tools.llm.tasks import Cell, ComparedAspect, Comparison
from tools.types import Evidence, PaperId, PassageId

PASSAGES = (
    "Routing by skill improves accuracy on MMLU-Pro by 8.15 points over the best baseline.",
    "A single deceptive agent does not improve the win rate; it lowers it from 49.2% to 37.9%.",
    "The method was evaluated on 12 tasks and needs one GPU.",
)


def evidence(texts: Sequence[str] = PASSAGES) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            label=i,
            paper_id=PaperId(f"p{i}"),
            passage_id=PassageId(f"p{i}#0"),
            title=f"Paper {i}",
            published="2025",
            heading="Abstract",
            text=text,
        )
        for i, text in enumerate(texts, 1)
    )


def text_of(text: str, entries: tuple[Entry, ...] = (), subsection: int = 1) -> Written:
    return Written(
        section=1, subsection=subsection, title="Part", text=text, evidence=evidence(), model="ada", entries=entries
    )


def pool(writer: ScriptedModel, *others: ScriptedModel) -> Pool:
    fallback = ScriptedModel("extractive", {}, extractive=True)
    return Pool(experts=(writer, *others), router=writer, aggregator=writer, writer=writer, fallback=fallback)


@pytest.mark.parametrize(
    ("claim", "verdict", "check"),
    [
        ("Routing by skill gains 8.15 points on MMLU-Pro [1].", "supported", "citations"),
        ("Routing by skill gains 9.15 points on MMLU-Pro [1].", "unsupported", "numbers"),
        ("An invented study proves that routing never fails [9].", "unsupported", "citations"),
        ("Routing by skill improves accuracy on MMLU-Pro [1][9].", "partly", "citations"),
        ("The authors write “routing by skill is a solved problem” [1].", "unsupported", "quotation"),
        ("The method beats the others on MMLU-Pro [3].", "partly", "names"),
        ("Nothing else is known about the routing of experts.", "uncited", "citations"),
    ],
)
def test_code_tells_what_it_can(claim: str, verdict: str, check: str) -> None:
    found = checked(next(iter(claims_in(claim, evidence()))), {item.label: item for item in evidence()})
    assert (found.verdict, found.check) == (verdict, check), found


@pytest.mark.parametrize(
    "sentence",
    [
        "This survey divides the field by routing signal.",
        "Section 3 turns to attacks.",
        "本サーベイは三つの章からなる。",
    ],
)
def test_what_a_text_says_of_itself_is_no_claim(sentence: str) -> None:
    assert says_of_itself(sentence)
    assert not list(claims_in(sentence, evidence()))


async def test_three_planted_faults_are_caught_and_named() -> None:
    """An id that does not exist, a wrong number, and a claim that its passage contradicts."""
    planted = (
        "An invented system routes without experts [7]. Routing by skill gains 81.5 points on MMLU-Pro [1]. "
        "A single deceptive agent improves the win rate [2]. The method needs one GPU [3]."
    )
    text, _, fault = await judged(text_of(planted), pool(ScriptedModel("ada", {})))
    assert not fault
    assert [entry.verdict for entry in text.entries] == ["unsupported", "unsupported", "unsupported", "supported"]
    assert [entry.judged[-1] for entry in text.entries] == ["citations", "numbers", "scorer", "scorer"]
    assert "[7] is not among its passages" in text.entries[0].why
    assert "81.5" in text.entries[1].why
    assert "contradicted" in text.entries[2].why
    final = settled(text, "remove")
    assert final.text == "The method needs one GPU [3]."
    assert [entry.action for entry in final.entries] == ["removed", "removed", "removed", "kept"]


async def test_another_model_judges_what_code_finds_no_fault_with() -> None:
    def verdicts(given: object) -> Judged:
        assert isinstance(given, JudgeIn)
        assert [claim.labels for claim in given.claims] == [(1,), (3,)], "what code rejects is not asked about"
        assert {item.label for item in given.evidence} == {1, 3}
        return Judged(
            claims=(
                JudgedClaim(number=given.claims[0].number, judgement="supported"),
                JudgedClaim(number=given.claims[1].number, judgement="contradicted", why="it needs one GPU"),
            )
        )

    writer, other = ScriptedModel("ada", {}), ScriptedModel("bea", {"judge_claims": verdicts})
    said = (
        "Routing by skill improves accuracy [1]. It gains 99 points on the benchmark [1]. It needs no GPU at all [3]."
    )
    text, usage, _ = await judged(text_of(said), pool(writer, other))
    assert [entry.judged for entry in text.entries] == [
        ("citations", "model:bea"), ("numbers",), ("citations", "model:bea"),
    ]  # fmt: skip
    assert text.entries[2].why == "contradicted; it needs one GPU"
    assert usage.calls == 1
    assert not writer.asked, "nobody judges its own text"


async def test_a_judge_that_fails_is_reported_and_words_decide() -> None:
    other = ScriptedModel("bea", {"judge_claims": Unreachable("bea: down")})
    text, _, fault = await judged(text_of("The method needs one GPU [3]."), pool(ScriptedModel("ada", {}), other))
    assert fault == "bea: down"
    assert text.entries[0].judged == ("citations", "scorer")


def test_the_writer_is_never_the_judge() -> None:
    ada, bea = ScriptedModel("ada", {}), ScriptedModel("bea", {})
    assert judge_of(text_of("x"), pool(ada)) is None
    judge = judge_of(text_of("x"), pool(ada, bea))
    assert judge is not None
    assert judge.name == "bea"


@pytest.mark.parametrize(("policy", "mark"), [("remove", ""), ("mark", UNSUPPORTED)])
async def test_unsupported_claims_go_or_are_marked(policy: Unsupported, mark: str) -> None:
    text, _, _ = await judged(
        text_of("- The method needs one GPU [3].\n- Quantum entanglement explains consciousness [1].\n\nEnd."),
        pool(ScriptedModel("ada", {})),
    )
    final = settled(text, policy)
    assert ("entanglement" in final.text) is bool(mark)
    assert mark in final.text
    assert "- The method needs one GPU [3]." in final.text


async def test_an_uncited_claim_is_given_the_passage_that_says_it_or_goes() -> None:
    said = "Routing by skill improves accuracy on MMLU-Pro. Consciousness is an illusion of language."
    text, _, _ = await judged(text_of(said), pool(ScriptedModel("ada", {})))
    final = settled(text, "remove")
    assert final.text == "Routing by skill improves accuracy on MMLU-Pro [1]."
    assert final.entries[0].cites == ("p1#0",)
    assert [entry.action for entry in final.entries] == ["revised", "removed"]
    assert UNCITED in settled(text, "mark").text


def test_a_citation_that_does_not_exist_is_taken_from_a_claim_that_has_others() -> None:
    said = "Routing by skill improves accuracy [1][9]."
    entry = Entry(
        section=1, subsection=1, text="Routing by skill improves accuracy.", unknown=("[9]",), verdict="partly"
    )
    final = settled(text_of(said, (entry,)), "remove")
    assert final.text == "Routing by skill improves accuracy [1]."
    assert final.entries[0].action == "revised"


def test_what_two_subsections_say_is_found_unless_a_number_parts_it() -> None:
    first = text_of("Routing by skill improves accuracy on MMLU-Pro by 8.15 points [1].")
    same = text_of("On MMLU-Pro, routing by skill improves accuracy by 8.15 points [1].", subsection=2)
    other = text_of("Routing by skill improves accuracy on MMLU-Pro by 3 points [1].", subsection=3)
    found = overlaps([first, same, other])
    assert [(one.earlier, one.later) for one in found] == [(0, 1)]
    assert [remark.kind for remark in remarks_on(same, found)] == ["repeats"]


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("A is so [1]. B is weaker [2].", ""),
        ("A is so [1]. B is otherwise [7].", "cites [7]"),
        ("B is weaker than was said before [2].", "lost the citation [1]"),
        ("[1]", "shorter"),
    ],
)
def test_a_mended_text_may_not_lose_or_invent_a_citation(new: str, why: str) -> None:
    old = "A is so [1]. B is much stronger [2]."
    remark = Remark(kind="unsupported", sentence="B is much stronger [2].", why="not said")
    assert why in unsound(old, new, (remark,))
    assert bool(unsound(old, new, (remark,))) is bool(why)


def test_a_table_keeps_only_cells_that_are_borne_out() -> None:
    names = ("Alpha", "Beta", "Gamma")
    gain = [Cell(subject="Alpha", text="8.15 points [1]"), Cell(subject="Beta", text="37.9% [2]"),
            Cell(subject="Gamma", text="12 tasks [3]")]  # fmt: skip
    cost = [Cell(subject="Alpha", text="99 GPUs [1]"), Cell(subject="Beta", text="one agent [2]"),
            Cell(subject="Gamma", text="one GPU [3]")]  # fmt: skip
    empty = [Cell(subject="Alpha", text="from memory"), Cell(subject="Beta", text="x [8]")]
    table = comparison_table(
        Comparison(
            subjects=names,
            aspects=(
                ComparedAspect(aspect="Gain", cells=tuple(gain)),
                ComparedAspect(aspect="Cost", cells=tuple(cost)),
                ComparedAspect(aspect="Memory", cells=tuple(empty)),
            ),
            takeaways="",
        ),
        evidence(),
    )
    assert table.splitlines()[0] == "|  | Gain | Cost |"
    assert "99" not in table
    assert cited_labels(table) == (1, 2, 3)
    assert not comparison_table(Comparison(subjects=names, aspects=(), takeaways=""), evidence())
