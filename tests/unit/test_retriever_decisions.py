"""What the retriever decides on the seed library without a language model: what is needed, found, and missing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from agents.asked import Aim
from agents.converse import Finished, Request, take_turn
from agents.graph import build_turn
from agents.recruit import FirstModels
from agents.state import Deps
from tests.scripted import ScriptedModel
from tests.seeded import seeded
from tools.library.embed import StaticEmbedder
from tools.library.library import Library
from tools.llm.extractive.lookups import LookupKind
from tools.llm.extractive.model import ExtractiveModel
from tools.llm.model import Prose
from tools.llm.pool import Pool
from tools.llm.tasks import Comparison, Critique, ReadingList

pytestmark = pytest.mark.asyncio(loop_scope="module")

SAID = {
    "answer": Prose(text="So it is [1]."),
    "summarize": Prose(text="So it is [1]."),
    "find": ReadingList(papers=()),
    "compare": Comparison(subjects=("a",), aspects=(), takeaways="They differ [1]."),
    "critique": Critique(points=(), verdict="Weak [1]."),
    "aggregate": Prose(text="Both [1]."),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deps(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deps]:
    """The seed library; rules route, and a scripted expert speaks, so that only decisions take time."""
    folder = seeded(tmp_path_factory.mktemp("seeded")) / "library"
    async with await Library.open(folder, embedder=StaticEmbedder()) as library:
        rules = ExtractiveModel(library.embedder.embed)
        expert = ScriptedModel("m", SAID)
        pool = Pool(experts=(expert,), router=rules, aggregator=expert, writer=expert, fallback=rules)
        yield Deps(library=library, pool=pool, recruit=FirstModels(1), this_year=lambda: 2025)


async def turn(deps: Deps, question: str) -> Finished:
    events = [event async for event in take_turn(build_turn(), deps, Request(question))]
    assert isinstance(events[-1], Finished)
    return events[-1]


@dataclass(frozen=True)
class Expected:
    """`abstains`: nothing in the library bears on the question, and that is said."""

    aim: Aim = "papers"
    lookup: LookupKind | None = None
    broad: bool = False
    filters: str = ""
    missing: tuple[str, ...] = ()
    abstains: bool = False


FACT = Expected()
TALK, SERVICE = Expected(aim="talk"), Expected(aim="service")
NOTHING, FIELD = Expected(abstains=True), Expected(broad=True)
CASES = {
    # nothing is asked of the papers
    "hello there": TALK,
    "thanks a lot!": TALK,
    "こんにちは": TALK,
    "안녕하세요": TALK,
    "你好": TALK,
    "What is Colloquy?": SERVICE,
    "How do I add papers?": SERVICE,
    "このサービスの使い方は？": SERVICE,
    "논문을 어떻게 추가하나요?": SERVICE,
    "论文怎么添加？": SERVICE,
    # questions of fact, also those that a model would answer from memory
    "What is preference optimisation?": FACT,
    "How does Symbolic-MoE route questions?": FACT,
    "Compare DPO and RePO": FACT,
    "Is RAG better than long context?": FACT,
    "What is the capital of France?": NOTHING,
    "What is 2 + 2?": NOTHING,
    "Tell me a joke": NOTHING,
    "フランスの首都は？": NOTHING,
    "김치 만드는 법은?": NOTHING,
    "北京的天气怎么样？": NOTHING,
    "Find papers on quantum error correction": NOTHING,
    # a part that the library holds nothing about
    "Compare SurveyForge and AlphaFold": Expected(missing=("AlphaFold",)),
    "Compare Symbolic-MoE with GPT-5 Turbo": Expected(missing=("GPT-5 Turbo",)),
    "SurveyForgeとAlphaFoldを比較して": Expected(missing=("AlphaFold",)),
    "SurveyForge와 AlphaFold를 비교해 주세요": Expected(missing=("AlphaFold",)),
    "比较SurveyForge和AlphaFold": Expected(missing=("AlphaFold",)),
    "What does L-CiteEval measure, and how does QuantumBERT do on it?": Expected(missing=("QuantumBERT",)),
    "Summarise SurveyForge and list papers on coral reef ecology": Expected(missing=("coral reef ecology",)),
    # among papers of some time
    "Find papers about federated learning since 2025": Expected(filters="2025-"),
    "Find papers about federated learning before 2024": Expected(filters="-2023", abstains=True),
    "papers from 2023 on LLM evaluation": Expected(filters="2023"),
    "papers at NeurIPS on diffusion": Expected(filters="NeurIPS", abstains=True),
    "recent work on video generation": Expected(filters="2024-"),
    "2024年以降の拡散モデルの論文を探して": Expected(filters="2024-"),
    "最近の画像生成の論文を探して": Expected(filters="2024-"),
    "2024년 이후의 비디오 생성 논문을 찾아줘": Expected(filters="2024-"),
    "2024年以来关于强化学习的论文": Expected(filters="2024-"),
    # what the records answer
    "Who wrote Megalodon?": Expected(lookup="authors"),
    "When was SurveyForge published?": Expected(lookup="date"),
    "how many papers from 2025 are in the library?": Expected(lookup="count", filters="2025"),
    "list the newest papers": Expected(lookup="newest"),
    "Which papers did Weijia Wu write?": Expected(lookup="by_author"),
    "SurveyForgeの著者は誰ですか？": Expected(lookup="authors"),
    "2025年の論文は何本ありますか？": Expected(lookup="count", filters="2025"),
    "Megalodon의 저자는 누구입니까?": Expected(lookup="authors"),
    "최신 논문을 보여줘": Expected(lookup="newest"),
    "SurveyForge的作者是谁？": Expected(lookup="authors"),
    "库里有多少篇2025年的论文？": Expected(lookup="count", filters="2025"),
    "Who wrote AlphaFold?": Expected(lookup="authors", abstains=True),
    "Which papers did Albert Einstein write?": Expected(lookup="by_author", abstains=True),
    # a whole field
    "What are the trends in diffusion models?": FIELD,
    "What does my library say about retrieval-augmented generation?": FIELD,
    "What topics does my library cover?": FIELD,
    "How has video generation evolved since 2025?": Expected(broad=True, filters="2025-"),
    "強化学習の研究動向は？": FIELD,
    "강화학습 연구 동향을 알려줘": FIELD,
    "扩散模型的研究趋势是什么？": FIELD,
    "state of the art in coral reef ecology": Expected(broad=True, abstains=True),
}


@pytest.mark.parametrize(("question", "expected"), CASES.items())
async def test_decisions(deps: Deps, question: str, expected: Expected) -> None:
    end = await turn(deps, question)
    assert end.trace is not None
    asked = end.trace.asked
    decided = Expected(
        aim=asked.aim,
        lookup=asked.lookup.kind if asked.lookup else None,
        broad=asked.broad,
        filters=str(asked.filters),
        missing=end.trace.missing,
        abstains=end.reply.abstained,
    )
    assert decided == expected
    needed = expected.aim == "papers" and not expected.abstains
    assert bool(end.trace.evidence) == needed
    assert all(name in end.reply.text for name in expected.missing)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who wrote RePO?", "Junkang Wu"),
        ("How many papers from 2025 are in the library?", "(2025): 52."),
        ("How many papers are from 2023?", "(2023): 3."),
        ("How many papers are there from 1999?", "(1999): 0."),
        ("How many papers do you have?", "Papers in the library: 97."),
        ("What is the oldest paper in my library?", "in the library: 94. The oldest of them:\n\n1. *G-Eval"),
        ("List the 2 newest papers", "2. *Glyph"),
        ("papers by Weijia Wu", "by Weijia Wu: 1."),
        ("Who wrote SageAttention?", "names no authors"),
        ("Where was SurveyForge published?", "names no venue"),
        ("Link to Tango 2", "https://arxiv.org/abs/2404.09956 [1]"),
    ],
)
async def test_the_records_answer_with_their_record_cited(deps: Deps, question: str, said: str) -> None:
    end = await turn(deps, question)
    assert end.trace is not None
    assert said in end.reply.text
    assert end.trace.models in ((), ("extractive",)), "no language model is asked for what the records say"
    if end.trace.evidence:
        assert {used.heading for used in end.trace.evidence} == {"Record"}
        assert end.reply.references


async def test_papers_that_only_the_filter_keeps_out_are_told(deps: Deps) -> None:
    end = await turn(deps, "Find papers about federated learning before 2024")
    assert "without the limit to -2023: 1." in end.reply.text


async def test_a_cross_section_has_every_theme_and_counts_every_paper(deps: Deps) -> None:
    end = await turn(deps, "What are the trends in diffusion models?")
    assert end.trace is not None
    themes = end.trace.themes
    assert len(themes) >= 2
    assert all(theme.labels for theme in themes)
    labels = [label for theme in themes for label in theme.labels]
    assert sorted(labels) == [used.label for used in end.trace.evidence]
    assert len({used.passage_id.partition("#")[0] for used in end.trace.evidence}) == len(labels), "one a paper"
    years = [year for theme in themes for year, _ in theme.years]
    assert set(years) == {2024, 2025}
