"""Digests of several papers are divided into their items, whatever their bodies look like."""

from pathlib import Path

import pytest

from tools.library.ingest import BadEntry, read_papers
from tools.types import Paper

QUESTIONS = """
# Seeing by Reasoning

[View Paper](http://arxiv.org/abs/2503.00001v1)

## 1. 既存研究では何ができなかったのか

限界がありました。

*   **汎化:** 弱い。

## 2. どのようなアプローチでそれを解決しようとしたか

```python
# コメントであり題ではない
## 3. これも題ではない
x = 1
```

## 3. 結果、何が達成できたのか

*   壊れた囲み:
    ```
    # まだ囲みの中

## 4. Limitationや問題点は何か。本文で言及されているものの他

ない。

---


# Second: [Brackets] in it

[View Paper](http://arxiv.org/abs/2503.00002v2)

## 1. 既存研究では何ができなかったのか

何もない。
"""

ABSTRACTS = """# arXiv 論文要約 (2025-06-24)

## [Drag and Drop](http://arxiv.org/abs/2506.00001v1)

**アブストラクト**:
最新の手法を提案する。

1. 速い
2. 安い

**要約**:
1. 研究の目的と背景  
大規模言語モデルの話。

2. 提案手法の概要  
新しい方法。

---

## [Vision (Guided) Chunking](http://arxiv.org/abs/2506.00002v1)

**アブストラクト**:
検索の話である。

**要約**:
1. 研究の目的と背景  
文書の話。

---
"""  # noqa: W291 - two spaces end a line in Markdown

DAILY = """## Daily Papers (2024-10-04)

### [Captions: A Study](https://arxiv.org/abs/2410.00001)

![](https://example.org/2410.00001.png)

Vote: 38

Authors: Jane Doe, Richard Roe, Kim

- **What's New**: 이 논문에서는 새로운 방법을 소개합니다.
- **Technical Details**: 1. 다양한 소스에서 선택합니다. 2. 생성합니다.
- **Performance Highlights**: 성능이 좋습니다.

### [Only News](https://arxiv.org/abs/2410.00002)

![](https://example.org/2410.00002.png)

Vote: -

Authors: Ann Lee

- **What's New**: 이것만 있습니다.
"""

FLAT = """## Daily Papers (2024-04-16)

### [Learn Your Reference](https://arxiv.org/abs/2404.00001)

![](https://example.org/2404.00001.png)

Vote: 54

Authors: Jane Doe

- 본 논문에서는 문제를 다룹니다.
- 관련 코드는 [이 링크](https://github.com/x/y)에서 확인할 수 있습니다.

### [Second of Them](https://arxiv.org/abs/2404.00002)

Vote: 3

Authors: Richard Roe

- 두 번째 논문입니다.
"""

MINUTES = """2025-11-18 機械学習勉強会
今週のTOPIC[論文] Growing Playbooks[oss] Sniffer[blog]信頼できる判定(APT) Faster Patches要点導入実験
今週のTOPIC
※ [論文] [blog] など何に関するTOPICなのか分かるようにしましょう。
@Ada Byron
[論文] Growing Playbooks
- まとめ
- 新しい枠組みを提案。
従来の課題
- 情報が失われる
@Ben (ben)
[oss] Sniffer
- 軽量なモデルでファイルを識別
[blog]信頼できる判定
[ben]面白いのを抜粋
1. 設計
判定は揺れる。
@Cyd
Report on a Campaign
2025年11月に発表された報告書
(APT) Faster Patches
| タイトル | Faster Patches |
|---|---|
| 著者 | Jane Doe*1, Richard Roe2,3 |
| 論文リンク | https://arxiv.org/abs/2510.00001 |
要点
速くする研究
導入
長くなる

実験
結果の話
これは題ではない
続き
"""


def digest(path: Path, text: str) -> list[Paper]:
    path.write_text(text, "utf-8")
    entries = list(read_papers(path))
    assert not [entry for entry in entries if isinstance(entry, BadEntry)]
    return [entry for entry in entries if isinstance(entry, Paper)]


@pytest.mark.parametrize("ending", ["txt", "md"])
@pytest.mark.parametrize(
    ("text", "ids", "language"),
    [
        (QUESTIONS, ["2503.00001", "2503.00002"], "ja"),
        (ABSTRACTS, ["2506.00001", "2506.00002"], "ja"),
        (DAILY, ["2410.00001", "2410.00002"], "ko"),
        (FLAT, ["2404.00001", "2404.00002"], "ko"),
    ],
)
def test_each_item_is_a_paper(tmp_path: Path, ending: str, text: str, ids: list[str], language: str) -> None:
    papers = digest(tmp_path / f"a.{ending}", text)
    assert [paper.id for paper in papers] == ids
    assert [paper.arxiv_id for paper in papers] == ids
    assert {paper.language for paper in papers} == {language}
    assert {paper.formats for paper in papers} == {("digest",)}
    assert [paper.published for paper in papers] == [f"20{number[:2]}-{number[2:4]}" for number in ids]
    assert papers[0].url.startswith("http")


def test_questions_are_sections_and_code_is_none(tmp_path: Path) -> None:
    first, second = digest(tmp_path / "a.txt", QUESTIONS)
    assert (first.title, second.title) == ("Seeing by Reasoning", "Second: [Brackets] in it")
    assert [section.heading[:2] for section in first.sections] == ["1.", "2.", "3.", "4."]
    assert "# コメントであり題ではない" in first.sections[1].text
    assert "# まだ囲みの中" in first.sections[2].text
    assert first.sections[3].text == "ない。", "the rule between items is no text"


def test_an_abstract_and_numbered_points(tmp_path: Path) -> None:
    first, second = digest(tmp_path / "a.txt", ABSTRACTS)
    assert first.abstract == "最新の手法を提案する。\n\n1. 速い\n2. 安い"
    assert [(section.level, section.heading) for section in first.sections] == [
        (1, "arXiv 論文要約 (2025-06-24)"), (2, "要約"), (3, "1. 研究の目的と背景"), (3, "2. 提案手法の概要"),
    ]  # fmt: skip
    assert first.sections[3].text == "新しい方法。"
    assert second.title == "Vision (Guided) Chunking"


def test_a_daily_list_with_labels(tmp_path: Path) -> None:
    first, second = digest(tmp_path / "a.txt", DAILY)
    assert first.authors == ("Jane Doe", "Richard Roe", "Kim")
    assert [section.heading for section in first.sections] == [
        "Daily Papers (2024-10-04)", "What's New", "Technical Details", "Performance Highlights",
    ]  # fmt: skip
    assert first.sections[0].text == "Vote: 38"
    assert first.sections[2].text == "1. 다양한 소스에서 선택합니다. 2. 생성합니다."
    assert len(second.sections) == 2


def test_a_daily_list_without_labels(tmp_path: Path) -> None:
    first, _ = digest(tmp_path / "a.txt", FLAT)
    [section] = first.sections
    assert section.heading == "Daily Papers (2024-04-16)"
    assert section.text.startswith("Vote: 54\n\n- 본 논문에서는")
    assert "https://github.com/x/y" in section.text


def test_minutes_of_a_study_group(tmp_path: Path) -> None:
    papers = digest(tmp_path / "a.txt", MINUTES)
    assert [(paper.title, paper.kind) for paper in papers] == [
        ("Growing Playbooks", "paper"), ("Sniffer", "oss"), ("信頼できる判定", "article"),
        ("Report on a Campaign", "article"), ("Faster Patches", "paper"),
    ]  # fmt: skip
    assert papers[0].published == "", "the day of the meeting is not that of the paper"
    assert papers[0].sections[0].heading == "2025-11-18 機械学習勉強会"
    assert papers[0].sections[0].text == "@Ada Byron\n[論文] Growing Playbooks"
    assert "従来の課題" in [section.heading for section in papers[0].sections]
    assert papers[4].arxiv_id == "2510.00001"
    assert papers[4].authors == ("Jane Doe", "Richard Roe")
    assert [section.heading for section in papers[4].sections][2:] == ["要点", "導入", "実験"]
    kept = "".join(section.heading + section.text for paper in papers for section in paper.sections)
    for line in MINUTES.split("\n")[4:]:
        assert line.lstrip("@") in kept


@pytest.mark.parametrize(
    "text",
    [
        "# A paper\n\n## 1. Introduction\n\nWords.\n\n# Another part\n\nWords.",
        "# Notes (2025-01-01)\n\n## A heading\n\nWords.",
        "2025-01-01 diary\n\n@home all day",
        "### [A link](https://example.org)\n\nWords.",
    ],
)
def test_what_only_resembles_a_digest_is_one_paper(tmp_path: Path, text: str) -> None:
    assert len(digest(tmp_path / "a.txt", text)) == 1
