"""Words are found in Japanese, Korean, Chinese and English text, by the lexical index and in a search."""

from collections.abc import Iterator

import pytest

from tests.examples import paper
from tools.library.embed import StaticEmbedder
from tools.library.scope import Scope
from tools.library.store import Store

TEXTS = {
    "ja-llm": (
        "大規模言語モデルの評価",
        "本研究では、大規模言語モデルが生成した要約の信頼性を評価した。提案手法は引用の誤りを検出できる。",
    ),
    "ja-bio": (
        "細胞画像の解析",
        "顕微鏡で撮影した細胞画像を自動的に分類し、病変の有無を判定する方法を述べる。",
    ),
    "ja-cat": (
        "猫の行動観察",
        "研究室の猫がどのように眠るかを本で調べた。",
    ),
    "ko-rec": (
        "그래프 신경망을 이용한 추천 시스템",
        "사용자와 상품의 관계를 그래프로 나타내고 신경망으로 학습하였다. 기존 방법보다 정확도가 높았다.",
    ),
    "ko-med": (
        "의료 영상 분할",
        "자기공명영상에서 종양을 분할하는 모델을 제안한다. 데이터가 부족한 환경에서 실험하였다.",
    ),
    "zh-gnn": (
        "图神经网络在分子性质预测中的应用",
        "我们提出一种新的图神经网络，用于预测分子的性质，并在多个数据集上验证了其有效性。",
    ),
    "zh-law": (
        "法律文书的自动生成",
        "本文研究如何根据案件事实自动生成判决文书，减轻法官的工作负担。",
    ),
    "en-bio": (
        "Protein structure prediction",
        "We predict the folded structures of proteins from their sequences.",
    ),
    "mixed": (
        "RAGシステムの構築",
        "ＢＥＲＴとGPT-4を組み合わせたﾊｲﾌﾞﾘｯﾄﾞ検索を用いてRAGシステムを構築した。",
    ),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store(tmp_path_factory.mktemp("languages"), embedder=StaticEmbedder(), url=None, read_only=False)
    opened.add([paper(name, *text) for name, text in TEXTS.items()])
    yield opened
    opened.close()


def by_words(store: Store, query: str) -> list[str]:
    lexical = store.searcher.lexical
    return [passage.rpartition("#")[0] for passage in lexical.search(lexical.terms(query), 9)]


QUERIES = [
    ("要約の信頼性を評価する方法はありますか", "ja-llm"),
    ("引用誤りの検出", "ja-llm"),
    ("言語モデル", "ja-llm"),
    ("細胞を分類したい", "ja-bio"),
    ("病変を判定できるか", "ja-bio"),
    ("신경망은 추천에 어떻게 쓰이는가", "ko-rec"),
    ("추천시스템", "ko-rec"),
    ("상품들의 관계", "ko-rec"),
    ("종양이 있는 영상의 분할", "ko-med"),
    ("图神经网络有哪些应用", "zh-gnn"),
    ("预测分子性质的方法", "zh-gnn"),
    ("如何生成判决书", "zh-law"),
    ("predicting how a protein folds", "en-bio"),
    ("BERTとGPT-4のハイブリッド検索", "mixed"),
    ("ｂｅｒｔ", "mixed"),
    ("ハイブリッド", "mixed"),
    ("ﾊｲﾌﾞﾘｯﾄﾞ検索", "mixed"),
]


@pytest.mark.parametrize(("query", "name"), QUERIES)
def test_the_right_passage_is_found_by_its_words(store: Store, query: str, name: str) -> None:
    assert by_words(store, query)[0] == name


@pytest.mark.parametrize(("query", "name"), QUERIES)
def test_and_comes_first_in_a_search(store: Store, query: str, name: str) -> None:
    assert store.search(query, limit=3, scope=Scope(), per_paper=1)[0].paper.id == name


@pytest.mark.parametrize(
    ("query", "irrelevant"),
    [
        ("本の価格", "ja-llm"),  # 本研究
        ("評判の店", "ja-llm"),  # 評価
        ("猫をどのようにして撮影するか", "ja-llm"),  # endings and particles
        ("학교 방학", "ko-rec"),  # 학습, 방법
        ("제주도 여행을 하는 방안", "ko-med"),  # 제안
        ("中国法国", "zh-law"),  # 法律
        ("分子料理", "zh-law"),
        ("图书馆", "zh-gnn"),  # 图神经
    ],
)
def test_one_common_character_is_no_match(store: Store, query: str, irrelevant: str) -> None:
    assert irrelevant not in by_words(store, query)


@pytest.mark.parametrize(("query", "name"), [("猫", "ja-cat"), ("性", "zh-gnn"), ("팀", "")])
def test_a_query_of_one_character_finds_it(store: Store, query: str, name: str) -> None:
    assert name in [*by_words(store, query), ""]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("「言語モデルが生成」", "ja-llm"),
        ('"GPT-4を組み合わせ"', "mixed"),
        ('"신경망을 이용한"', "ko-rec"),
        ('"分子的性质"', "zh-gnn"),
        ('"bertとgpt"', "mixed"),
    ],
)
def test_phrases_work_in_every_script(store: Store, query: str, name: str) -> None:
    assert [hit.paper.id for hit in store.search(query, limit=9, scope=Scope(), per_paper=1)] == [name]
