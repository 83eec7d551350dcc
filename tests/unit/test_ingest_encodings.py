"""Text in any encoding is read as what it says; what no database takes is cleaned away."""

from pathlib import Path

import pytest

from tools.language import text_language
from tools.library.ingest import read_papers
from tools.library.ingest.clean import one_line, plain
from tools.types import Paper

TEXTS = {
    "ja": "深層学習の手法\n\n本研究では、画像から文を作る新しい手法を提案する。実験の結果、従来より良い。",
    "ko": "그래프 신경망\n\n이 논문은 새로운 방법을 제안합니다. 실험 결과는 좋습니다.",
    "zh": "图神经网络综述\n\n本文提出了一种新的方法，实验结果表明它是有效的。",
    "de": "Über die Größe\n\nDie Größe der Körper ist für uns nicht von Bedeutung, wie wir sehen werden.",
    "ru": "Глубокое обучение\n\nВ этой работе предлагается новый метод для изображений.",
    "en": "On Size\n\nThe size of the bodies is not what we are interested in.",
}
ENCODINGS = {
    "ja": ["cp932", "euc_jp", "iso2022_jp"],
    "ko": ["cp949"],
    "zh": ["gb18030"],
    "de": ["cp1252", "latin-1"],
    "ru": ["cp1251"],
    "en": ["ascii"],
}
UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
CASES = [(language, name) for language, names in ENCODINGS.items() for name in names]
CASES += [(language, name) for language in TEXTS for name in UNICODE if language in ("de", "en") or "16-" not in name]


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_text_in_its_language_s_encodings(tmp_path: Path, language: str, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXTS[language].encode(encoding))
    [found] = read_papers(path)
    assert isinstance(found, Paper)
    title, _, body = TEXTS[language].partition("\n\n")
    assert (found.title, found.sections[0].text, found.language) == (title, body, language)


@pytest.mark.parametrize("name", ["a.csv", "a.bib", "a.ris"])
def test_records_in_an_old_encoding(tmp_path: Path, name: str) -> None:
    text = {"a.csv": "title,year\n深層学習の新しい手法,2020\n", "a.bib": "@misc{a, title={深層学習の新しい手法}}",
            "a.ris": "TY  - JOUR\nTI  - 深層学習の新しい手法\nER  - \n"}[name]  # fmt: skip
    (tmp_path / name).write_bytes(text.encode("cp932"))
    assert [found.title for found in read_papers(tmp_path / name) if isinstance(found, Paper)] == [
        "深層学習の新しい手法"
    ]


def test_a_few_broken_characters_do_not_change_the_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(TEXTS["ja"].encode() + b" \xff end")
    [found] = read_papers(path)
    assert isinstance(found, Paper)
    assert found.title == "深層学習の手法"
    assert found.sections[0].text.endswith("� end")


def test_an_encoding_that_shows_late_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "a.bib"
    entries = [f"@misc{{k{number}, title={{Plain}}}}\n" for number in range(4_000)]
    path.write_bytes("".join([*entries, "@misc{z, title={Müller}}\n"]).encode("latin-1"))
    assert [found.title for found in read_papers(path) if isinstance(found, Paper)][-1] == "Müller"


def test_control_characters_are_cleaned_away(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"title": "A\\u0000 b\\u202ec\\ud83d\\ude00 \\ud800", "abstract": "one\\u000btwo\\u0007\\ufeff"}')
    [found] = read_papers(path)
    assert isinstance(found, Paper)
    assert found.title == "A bc😀 ?"
    assert found.abstract == "one\ntwo"
    assert Paper.model_validate_json(found.model_dump_json()) == found


def test_clean_text_stays_as_it_is() -> None:
    text = "Tabs\tand\nlines, Persian می\u200cشود, families 👨\u200d👩\u200d👧, ﬁ"
    assert plain(text) == text
    assert one_line(" a \n\u3000b ") == "a b"
    assert plain(None) == ""


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We study how the size of a model changes what it can do.", "en"),
        ("Nous étudions comment la taille des modèles change ce qui est possible.", "fr"),
        ("Retrieval-Augmented Generation（RAG）は、Large Language Models の hallucination を減らす手法である。", "ja"),
        ("LLaVA-Critic은 LMM을 평가하기 위해 개발된 모델입니다.", "ko"),
        ("基于图神经网络的推荐系统", "zh"),
        ('The title of the talk was "深層学習", and it was given in the evening of the second day to all of us.', "en"),
        ("Μελετάμε το μέγεθος", "el"),
        ("ResNet-50 42", ""),
        ("12 34", ""),
        ("", ""),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert text_language(text) == language
