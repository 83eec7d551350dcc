"""What a reader gets from the extractive model for questions, summaries and reading lists."""

import pytest

from tests.unit.extractive_papers import (
    LIBRARY,
    MOA,
    ROUTER,
    SURVEY,
    cited_sentences,
    embed,
    labels,
    passage,
    source_text,
)
from tools.llm.extractive.answer import answer
from tools.llm.extractive.critique import critique
from tools.llm.extractive.find import find
from tools.llm.extractive.reading import LEAST_CERTAINTY, Reading
from tools.llm.extractive.summarize import summarize
from tools.llm.tasks import Brief
from tools.types import Evidence


def brief(question: str, evidence: tuple[Evidence, ...] = LIBRARY, language: str = "en") -> Brief:
    return Brief(question=question, evidence=evidence, language=language)


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("How much does a DraftForge survey cost?", "A survey of 64k tokens costs 0.43 US dollars"),
        ("How does a deceptive agent change the win rate?", "lowers the win rate from 49.2% to 37.9% [7]."),
        ("What gains does SkillRouter report on GPQA?", "SkillRouter gains 8.15 points over the best baseline [1]."),
        ("What are profiles of models built from?", "A profile of every model is built from validation questions [3]."),
    ],
)
def test_the_sentence_that_answers_comes_first(question: str, quoted: str) -> None:
    text = answer(brief(question), embed).text
    assert quoted in text.split("].")[0] + "]."


def test_every_sentence_is_verbatim_and_cites_the_passage_it_stands_in() -> None:
    text = answer(brief("How do SkillRouter and DraftForge work and what do they cost?"), embed).text
    quoted = cited_sentences(text)
    assert quoted
    for sentence, label in quoted:
        assert sentence in source_text(label, LIBRARY)


@pytest.mark.parametrize(
    "question",
    [
        "How does LongBrook work?",
        "What exactly does LongBrook actually do?",
        "longbrook work",
        "What is LongBrook about?",
    ],
)
def test_a_paper_that_is_named_is_never_answered_by_nothing(question: str) -> None:
    brook = passage(
        8,
        "LongBrook: Streams without End",
        "Code is available from the authors. LongBrook is an architecture for streams of any length. "
        "Longer inputs are read in chunks, each of which passes a moving average on.",
    )
    text = answer(brief(question, (*ROUTER, *SURVEY, brook)), embed).text
    assert text.startswith("LongBrook is an architecture for streams of any length [8].")
    assert "Longer inputs are read in chunks" in text


def test_words_of_asking_do_not_count_as_unseen() -> None:
    reading = Reading(LIBRARY, embed)
    asked = "deceptive agents work: idea, happens, called, means"
    assert reading.certainty(asked).max() >= LEAST_CERTAINTY


def test_a_judgement_on_what_was_listed_is_about_the_same_papers() -> None:
    request = brief("Which papers use DraftForge outlines, and where is their evaluation weak?")
    assert find(request, embed).papers[0].label in {4, 5, 6}
    assert all(labels(point.text) <= {4, 5, 6} for point in critique(request, embed).points)


@pytest.mark.parametrize("question", ["What is the best dough for pizza?", "Who painted the Mona Lisa?"])
@pytest.mark.parametrize("task", [answer, summarize])
def test_where_the_evidence_does_not_answer_it_says_so_and_cites_nothing(question: str, task: object) -> None:
    assert task in (answer, summarize)
    text = (answer if task is answer else summarize)(brief(question), embed).text
    assert "say nothing" in text
    assert labels(text) == set()


def test_the_plain_no_is_said_in_the_language_asked_for() -> None:
    assert "ありません" in answer(brief("ピザの作り方は？", (), "ja"), embed).text
    assert "没有" in answer(brief("披萨怎么做？", (), "zh"), embed).text
    assert "없습니다" in answer(brief("피자는 어떻게 만드나요?", (), "ko"), embed).text


def test_a_greeting_is_answered_by_a_greeting() -> None:
    assert "Hello" in answer(brief("hi there", ()), embed).text


def test_a_japanese_question_is_answered_from_english_passages() -> None:
    text = answer(brief("DraftForgeのコストは？", SURVEY, "ja"), embed).text
    assert "0.43 US dollars and takes about ten minutes [5]." in text


def test_a_japanese_question_of_mostly_english_terms_is_answered() -> None:
    request = brief("Mixture-of-Agents deceptive agentsの限界は", language="ja")
    assert Reading(LIBRARY, embed).other_script(request.question)
    assert any(labels(point.text) == {7} for point in critique(request, embed).points)


def test_a_thing_is_said_once() -> None:
    double = passage(9, "copy", MOA[0].text)
    text = answer(brief("How does a deceptive agent lower the win rate?", (*MOA, double)), embed).text
    assert text.count("from 49.2% to 37.9%") == 1


def test_papers_are_named_where_several_are_quoted() -> None:
    text = answer(brief("Which systems use several language models?"), embed).text
    assert "*SkillRouter* (2023): " in text or "*Liars in the Panel* (2024): " in text


def test_the_summary_of_a_paper_goes_from_problem_to_limits() -> None:
    text = summarize(brief("Summarise SkillRouter"), embed).text
    assert text.startswith("*SkillRouter* (2023): SkillRouter is a framework that chooses")
    places = [text.index(f"**{part}.**") for part in ("Problem", "Approach", "Results", "Limits")]
    assert places == sorted(places)
    assert labels(text) <= {1, 2, 3}


def test_a_summary_of_several_papers_has_a_line_for_each_the_older_first() -> None:
    text = summarize(brief("Summarise SkillRouter and DraftForge", (*SURVEY, *ROUTER)), embed).text
    assert text.index("*SkillRouter* (2023)") < text.index("*DraftForge* (2025)")


def test_a_request_for_several_things_is_answered_part_by_part() -> None:
    request = brief("Summarise DraftForge and list papers on deceptive agents")
    assert summarize(request, embed).text.startswith("*DraftForge* (2025)")
    assert [paper.label for paper in find(request, embed).papers] == [7]


def test_a_reading_list_names_each_paper_once_with_the_sentence_that_tells_why() -> None:
    found = find(brief("Find papers about writing literature surveys"), embed)
    by_label = {item.label: item for item in LIBRARY}
    assert by_label[found.papers[0].label].paper_id == "survey"
    papers = [by_label[paper.label].paper_id for paper in found.papers]
    assert len(papers) == len(set(papers))
    for paper in found.papers:
        assert paper.why in source_text(paper.label, LIBRARY)


def test_papers_off_the_request_stay_off_the_list() -> None:
    found = find(brief("Find papers about deceptive agents in Mixture-of-Agents systems"), embed)
    assert [paper.label for paper in found.papers] == [7]
    assert "2 further papers" in found.note
    assert find(brief("Find papers about volcanic rock"), embed).papers == ()
