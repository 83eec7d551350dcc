"""What the router of the extractive model makes of requests."""

import pytest

from tests.unit.extractive_papers import embed
from tools.llm.extractive.route import route
from tools.llm.tasks import Route, RouteIn
from tools.types import Message


def routed(question: str, *before: str) -> Route:
    history = tuple(
        message
        for turn in before
        for message in (Message(role="user", content=turn), Message(role="assistant", content="Noted."))
    )
    return route(RouteIn(question=question, history=history), embed)


@pytest.mark.parametrize(
    ("question", "activities"),
    [
        ("Compare SkillRouter and DraftForge", {"compare"}),
        ("Compare SkillRouter and DraftForge and say which evaluation is weaker", {"compare", "critique"}),
        ("SkillRouter vs. DraftForge", {"compare"}),
        ("How do DPO, RePO and SimPO differ?", {"compare"}),
        ("Summarise DraftForge", {"summarize"}),
        ("tl;dr of DraftForge", {"summarize"}),
        ("Summarise the paper about expert routing", {"summarize"}),
        ("Summarize DraftForge and list papers on survey writing", {"summarize", "find"}),
        ("Find papers about expert routing", {"find"}),
        ("Which papers deal with LLM judges?", {"find"}),
        ("What are the limitations of DraftForge?", {"critique"}),
        ("Review DraftForge critically", {"critique"}),
        ("Which papers use GRPO, and where is their evaluation weak?", {"find", "critique"}),
        ("Find papers on GRPO; then compare DPO and RePO", {"find", "compare"}),
        ("Summarise DraftForge and how does SkillRouter build profiles?", {"summarize", "answer"}),
        ("Summarise DraftForge. What are its limits?", {"summarize", "critique"}),
        ("Outline a survey on language model agents", {"outline"}),
        ("Give me a table of contents for a survey of visual generation", {"outline"}),
        ("What limits Mixture of Agents under attack?", {"answer"}),
        ("How does DraftForge generate its outline?", {"answer"}),
        ("Which methods use weakly supervised text summarization?", {"answer"}),
        ("DraftForgeとSkillRouterを比較してください", {"compare"}),
        ("DraftForgeを要約して", {"summarize"}),
        ("選好最適化に関する論文を探して", {"find"}),
        ("DraftForgeの限界は？", {"critique"}),
        ("比较DraftForge和SkillRouter", {"compare"}),
        ("DraftForge와 SkillRouter를 비교해 주세요", {"compare"}),
        ("논문을 추천해 주세요", {"find"}),
        ("GRPOを使っている論文", {"find"}),
        ("LLM-as-a-Judgeの限界は", {"critique"}),
    ],
)
def test_every_activity_that_is_asked_for_is_recognised(question: str, activities: set[str]) -> None:
    assert set(routed(question).activities) == activities


@pytest.mark.parametrize(
    ("question", "subjects"),
    [
        ("Compare SkillRouter and DraftForge and say which evaluation is weaker", ("SkillRouter", "DraftForge")),
        ("What is the difference between DPO and RePO in terms of cost?", ("DPO", "RePO")),
        ("How does DraftForge compare to AutoSurvey?", ("DraftForge", "AutoSurvey")),
        ("Which is cheaper: DraftForge or AutoSurvey?", ("DraftForge", "AutoSurvey")),
        ("Compare the evaluation of SkillRouter, DPO and DraftForge", ("SkillRouter", "DPO", "DraftForge")),
        ('Compare "Words or Vision" with "Bread and Butter"', ("Words or Vision", "Bread and Butter")),
        ("DraftForgeとSkillRouterを比較して", ("DraftForge", "SkillRouter")),
        ("比较DraftForge和SkillRouter", ("DraftForge", "SkillRouter")),
        ("DraftForge와 SkillRouter의 차이는?", ("DraftForge", "SkillRouter")),
        ("compare these two papers", ()),
    ],
)
def test_the_things_to_compare_are_named(question: str, subjects: tuple[str, ...]) -> None:
    result = routed(question)
    assert result.subjects == subjects
    assert result.queries[: len(subjects)] == subjects


@pytest.mark.parametrize(
    "message",
    ["hi", "Hello, who are you?", "Thanks a lot!", "What can you do?", "こんにちは", "ありがとうございます！",
     "안녕하세요", "감사합니다", "你好，你是谁？", "谢谢", "", "???"],
)  # fmt: skip
def test_small_talk_needs_no_evidence(message: str) -> None:
    result = routed(message)
    assert not result.needs_evidence
    assert result.queries == ()


@pytest.mark.parametrize(
    "message", ["hi, what is DPO?", "thanks, and what about cost?", "Hello world programs", "12345"]
)
def test_a_question_behind_a_greeting_needs_evidence(message: str) -> None:
    assert routed(message).needs_evidence


@pytest.mark.parametrize(
    ("question", "before", "standalone"),
    [
        ("and its limitations?", ("Summarise DraftForge",), "and DraftForge's limitations?"),
        ("how does it compare to AutoSurvey?", ("Summarise DraftForge",), "how does DraftForge compare to AutoSurvey?"),
        ("what about the second one?", ("Compare SkillRouter and DraftForge",), "what about DraftForge?"),
        ("Which of them is cheaper?", ("Compare SkillRouter and DraftForge",),
         "Which of SkillRouter and DraftForge is cheaper?"),
        ("why?", ("Summarise DraftForge", "and its cost?"), "why (DraftForge)?"),
        ("what about cost?", ("How does trust region optimisation work?",),
         "what about cost (trust region optimisation)?"),
        ("それの限界は？", ("DraftForgeを要約して",), "それの限界は (DraftForge)？"),
        ("What are its limits?", ("Tell me about Tango 2",), "What are Tango 2's limits?"),
        ("And compare it with Synthio", ("Tell me about Tango 2", "What are its limits?"),
         "And compare Tango 2 with Synthio"),
        ("Which of the two is newer?",
         ("Tell me about Tango 2", "What are its limits?", "And compare it with Synthio"),
         "Which of Tango 2 and Synthio is newer?"),
        ("How do the two differ?", ("Tell me about Tango 2", "Tell me about Synthio's limits", "Summarise Synthio"),
         "How do Tango 2 and Synthio differ?"),
        ("Which papers use it?", ("What is preference optimisation?",), "Which papers use preference optimisation?"),
    ],
)  # fmt: skip
def test_a_follow_up_is_completed_from_what_was_asked_before(
    question: str, before: tuple[str, ...], standalone: str
) -> None:
    result = routed(question, *before)
    assert result.standalone == standalone
    assert any(
        name in query
        for query in result.queries
        for name in ("DraftForge", "SkillRouter", "trust region", "Tango 2", "preference")
    )


@pytest.mark.parametrize("question", ["And compare it with Synthio", "Which of Tango 2 and Synthio is newer?"])
def test_a_comparison_that_follows_up_has_both_subjects(question: str) -> None:
    result = routed(question, "Tell me about Tango 2")
    assert result.activities == ("compare",)
    assert result.subjects == ("Tango 2", "Synthio")
    assert result.queries[:2] == ("Tango 2", "Synthio")


def test_long_answers_between_do_not_hide_what_was_talked_about() -> None:
    history = (
        Message(role="user", content="Tell me about Tango 2"),
        Message(role="assistant", content="ModelA and ModelB differ. " * 200),
    )
    assert route(RouteIn(question="What are its limits?", history=history), embed).queries[0] == "Tango 2"


def test_a_question_that_stands_alone_is_left_alone() -> None:
    question = "What is the role of the KV cache in transformer inference?"
    assert routed(question, "Compare SkillRouter and DraftForge").standalone == question


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("Summarise the paper", "en"),
        ("DPO vs RePO", "en"),
        ("DraftForgeを要約して", "ja"),
        ("总结一下DraftForge", "zh"),
        ("DraftForge를 요약해 줘", "ko"),
        ("Wie unterscheidet sich DraftForge von der Arbeit über Routing?", "de"),
        ("Quelles sont les limites de cette méthode ?", "fr"),
        ("¿Cuáles son las limitaciones de este método?", "es"),
        ("What does the paper 信頼できる評価の研究 say about bias?", "en"),
        ("選好最適化を説明して. Answer in English", "en"),
    ],
)
def test_the_language_of_the_message_is_the_language_of_the_answer(message: str, language: str) -> None:
    assert routed(message).language == language


def test_queries_leave_out_the_words_of_command() -> None:
    assert routed("Please summarise the paper about task-aware cache compression").queries == (
        "task-aware cache compression",
    )
    assert routed("Summarize DraftForge and list papers on survey writing").queries == ("DraftForge", "survey writing")


@pytest.mark.parametrize(
    ("question", "queries"),
    [
        ("How does Megalodon work?", ("Megalodon",)),
        ("What exactly does Megalodon actually do?", ("Megalodon",)),
        ("What is R-MCTS about?", ("R-MCTS",)),
        ("Explain how YOLOE works", ("YOLOE",)),
        ("Which papers use GRPO, and where is their evaluation weak?", ("GRPO",)),
        ("Which papers make use of GRPO?", ("GRPO",)),
        ("papers using federated learning", ("federated learning",)),
        ("Compare DPO and RePO and say which evaluation is weaker", ("DPO", "RePO", "DPO and RePO")),
        ("Find papers on GRPO; then summarise DraftForge", ("GRPO", "DraftForge")),
    ],
)
def test_words_of_asking_and_judging_are_not_searched_for(question: str, queries: tuple[str, ...]) -> None:
    assert routed(question).queries == queries


@pytest.mark.parametrize(
    ("question", "query"),
    [
        ("選好最適化に関する論文を探して", "preference optimization"),
        ("DraftForgeの限界は？", "DraftForge limitations"),
        ("강화학습으로 로봇을 학습시키는 방법은?", "reinforcement learning robot method"),
        ("如何用强化学习训练视觉语言模型？", "vision-language model reinforcement learning"),
    ],
)
def test_questions_in_other_scripts_are_also_searched_in_english(question: str, query: str) -> None:
    assert set(routed(question).queries[0].split()) == set(query.split())


@pytest.mark.parametrize(
    ("question", "name"),
    [("GRPOを使っている論文", "GRPO"), ("LLM-as-a-Judgeの限界は", "LLM-as-a-Judge"), ("使用GRPO的论文", "GRPO")],
)
def test_latin_terms_of_a_question_in_another_script_are_searched_for(question: str, name: str) -> None:
    assert name in routed(question).queries


def test_skills_are_a_few_key_phrases() -> None:
    skills = routed("How do graph neural networks help experimental design in drug discovery?").skills
    assert "graph neural networks" in skills
    assert len(skills) <= 4


@pytest.mark.parametrize("unit", ["a", "(", "and ", "compare ", "A vs B ", "と", "和", ", ", "how does ", "\x00", "😀"])
def test_odd_messages_are_routed_all_the_same(unit: str) -> None:
    result = routed(unit * 4_000, "Compare A with B " * 500)
    assert result.activities
