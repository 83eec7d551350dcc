"""What is read from a request by rules: dates, venues, questions of the records, aims, and other words for a query."""

import time

import pytest

from agents.asked import aim_of, filters_of
from agents.rewrite import rewritten
from tools.llm.extractive.aims import broad_topic, is_about_conversation, is_about_service, is_broad
from tools.llm.extractive.lookups import lookup_of
from tools.llm.extractive.periods import period_of, without_period
from tools.llm.extractive.pointers import pointers_in
from tools.llm.extractive.tokens import terms
from tools.llm.extractive.venues import venue_of, without_venue
from tools.llm.tasks import Route
from tools.types import Message

NOW = 2026


@pytest.mark.parametrize(
    ("question", "period", "rest"),
    [
        ("papers on RAG since 2024", "2024-", "papers on RAG"),
        ("Find papers from 2023 about audio", "2023-2023", "Find papers about audio"),
        ("papers from 2023 on audio", "2023-2023", "papers on audio"),
        ("papers from 2023 on, please", "2023-", "papers, please"),
        ("What was published between 2019 and 2021 on LoRA?", "2019-2021", "What was published on LoRA?"),
        ("2019-2021 papers on transformers", "2019-2021", "papers on transformers"),
        ("papers before 2024", "-2023", "papers"),
        ("work after 2023 on agents", "2024-", "work on agents"),
        ("papers on agents until 2024", "-2024", "papers on agents"),
        ("compare papers from 2024 with papers from 2025", "2024-2025", "compare papers with papers"),
        ("papers from the last two years on RLHF", "2024-", "papers on RLHF"),
        ("what was published last year on RLHF?", "2025-2025", "what was on RLHF?"),
        ("2024年以降の選好最適化の論文", "2024-", "選好最適化の論文"),
        ("2023年から2024年までの論文", "2023-2024", "論文"),
        ("過去3年の研究", "2023-", "研究"),
        ("2024년 이후의 논문", "2024-", "논문"),
        ("2023년 논문을 찾아줘", "2023-2023", "논문을 찾아줘"),
        ("지난 3년간의 연구", "2023-", "연구"),
        ("2024年以来的扩散模型论文", "2024-", "扩散模型论文"),
        ("2024年之前的论文", "-2023", "论文"),
        ("seit 2024 erschienene Artikel", "2024-", "erschienene Artikel"),
        ("What is the score on SemEval 2024 task 3?", "-", "What is the score on SemEval 2024 task 3?"),
        ("train for 2000 steps since 2000 tokens", "-", "train for 2000 steps since 2000 tokens"),
        ("arXiv 2024.12345 and 2503.05641", "-", "arXiv 2024.12345 and 2503.05641"),
        ("Who was born in 1998?", "-", "Who was born in 1998?"),
    ],
)
def test_years_are_read_and_taken_out(question: str, period: str, rest: str) -> None:
    found = period_of(question, NOW)
    assert f"{found.year_from or ''}-{found.year_to or ''}" == period
    assert without_period(question) == rest


@pytest.mark.parametrize(
    "question", ["as of March 2024, what is known?", "2024年3月時点での動向", "截至2024年3月的研究"]
)
def test_a_day_to_look_from_is_no_year_of_publication(question: str) -> None:
    found = period_of(question, NOW)
    assert (found.as_of, found.year_from, found.year_to) == ("2024-03", None, None)


@pytest.mark.parametrize("question", ["recent papers on RAG", "最近の論文", "최근 연구 동향", "近年来的趋势"])
def test_recent_says_no_year(question: str) -> None:
    found = period_of(question, NOW)
    assert found.recent
    assert not found.says_years


@pytest.mark.parametrize(
    ("question", "venue", "rest"),
    [
        ("papers at NeurIPS on diffusion", "NeurIPS", "papers on diffusion"),
        ("CVPR 2024 papers on depth", "CVPR", "papers on depth"),
        ("CVPRの論文を探して", "CVPR", "の論文を探して"),
        ("the nature of science", "", "the nature of science"),
    ],
)
def test_venues_are_read(question: str, venue: str, rest: str) -> None:
    assert venue_of(question) == venue
    assert without_venue(question) == rest


@pytest.mark.parametrize(
    ("year_from", "year_to", "filters"),
    [(2023, 2023, "2023"), (2021, None, ""), (2023, 2022, "2023-"), (None, 2023, "-2023")],
)
def test_a_routers_years_count_where_they_stand_in_the_question(
    year_from: int | None, year_to: int | None, filters: str
) -> None:
    wanted = Route(activities=("find",), standalone="q", year_from=year_from, year_to=year_to)
    assert str(filters_of("lavori del 2023 sulla RAG", wanted, NOW)) == filters


@pytest.mark.parametrize(
    "question",
    [
        "How many papers does SurveyForge cite?", "Who won the world cup?", "papers of interest to me",
        "recent papers on LLM judges", "選好最適化に関する論文を探して", "how many parameters does Megalodon have?",
        "what are its authors' affiliations?", "扩散模型的论文", "Who wrote Megalodon and how does it work?", "", "?",
    ],
)  # fmt: skip
def test_what_the_records_cannot_answer_is_not_asked_of_them(question: str) -> None:
    assert lookup_of(question) is None


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What are the trends in diffusion models?", "diffusion models"),
        ("How has preference optimisation evolved?", "preference optimisation"),
        ("選好最適化の研究動向は？", "選好最適化"),
        ("강화학습 연구 동향", "강화학습"),
        ("What topics does my library cover?", ""),
    ],
)
def test_broad_questions_have_a_field(question: str, topic: str) -> None:
    assert is_broad(question)
    assert broad_topic(question) == topic


@pytest.mark.parametrize("question", ["What is DPO?", "How does SurveyForge work?", "Compare DPO and RePO"])
def test_narrow_questions_are_not_broad(question: str) -> None:
    assert not is_broad(question)


@pytest.mark.parametrize(
    "question",
    [
        "Shorten that",
        "in Japanese please",
        "What did I ask first?",
        "今の回答を短くして",
        "방금 답변을 짧게 해줘",
        "刚才的回答太长了",
    ],
)
def test_what_is_about_the_conversation_needs_one(question: str) -> None:
    wanted = Route(activities=("answer",), standalone=question)
    history = (Message(role="user", content="What is DPO?"), Message(role="assistant", content="A method [1]."))
    assert is_about_conversation(question)
    assert aim_of(question, wanted, history, by_rules=True) == "conversation"
    assert aim_of(question, wanted, (), by_rules=True) == "papers"


@pytest.mark.parametrize(
    "query", ["RLHF papers", "capital of France", "DPO and RePO", "拡散モデル", "???", "x" * 5_000]
)
def test_another_query_says_something_else_than_all_that_were_tried(query: str) -> None:
    wanted = Route(activities=("answer",), standalone=query, queries=(query,))
    tried = [query]
    while again := rewritten(query, wanted, tried):
        assert all(set(terms(again)) != set(terms(one)) for one in tried)
        tried.append(again)
    assert len(tried) < 8


def test_short_forms_are_spelled_out_and_single_words_are_not_asked_for() -> None:
    wanted = Route(activities=("answer",), standalone="RLHF papers", queries=("RLHF papers",))
    assert rewritten("RLHF papers", wanted, ["RLHF papers"]) == "reinforcement learning from human feedback papers"
    france = Route(activities=("answer",), standalone="What is the capital of France?", queries=("capital of France",))
    assert rewritten("capital of France", france, ["capital of France"]) == ""


@pytest.mark.parametrize(
    "unit", ["1", "2024 ", "the ", "in 2024 ", "paper ", "who wrote ", "論文", "の", "[1]", "a-", " ", "how "]
)
def test_hostile_lengths_are_read_in_no_time(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    started = time.process_time()
    period_of(text, NOW)
    for told in (without_period, venue_of, lookup_of, is_broad, is_about_conversation, is_about_service, pointers_in):
        told(text)
        told(text[:299])
    assert time.process_time() - started < 5
