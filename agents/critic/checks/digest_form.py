"""The three Japanese forms of digest: eight questions, abstract with four points, minutes of a study group."""

import re
from collections.abc import Iterator

from agents.critic.checks.form_remarks import form_remark, has_link, is_empty, polite_ja, under
from agents.critic.remark import Remark
from agents.critic.text import Document
from tools.library.ingest.minutes import MINUTES

_EIGHT = (
    "既存研究では何ができなかったのか",
    "どのようなアプローチでそれを解決しようとしたか",
    "結果、何が達成できたのか",
    "Limitationや問題点は何か",
    "技術的な詳細について",
    "コストや物理的な詳細について",
    "参考文献のうち、特に参照すべきもの",
    "この論文を140字以内のツイートで要約すると？",
)
_FOUR = ("研究の目的と背景", "提案手法の概要", "主な結果と貢献", "将来の研究への示唆")
_OWN_VIEW = re.compile(r"筆者|私が|考えられる|考えうる|個人的|その他に?考え|제가 생각")
_DATED = re.compile(r"\s*# .+\(\d{4}-\d{2}-\d{2}\)")
_PERSONAL = re.compile(r"^\s*(?:[-*]\s*)?\[(?P<name>[\w.-]{2,20})\]\s?\S", re.MULTILINE)
_LABELS = frozenset(("論文", "oss", "blog", "ブログ", "記事", "paper", "report", "レポート", "news", "book", "本"))


def deep_eight_ja(document: Document) -> Iterator[Remark]:
    """Each paper answers eight numbered questions, the last in a tweet with hashtags."""
    for item in document.items:
        if not has_link(item):
            yield form_remark(item, "major", "There is no link to the paper below the title.", "Add [View Paper](...).")
        last = -1
        titles = [part.heading.path[-1] if part.heading else "" for part in item.parts]
        for number, question in enumerate(_EIGHT, 1):
            part = under(item, f"{number}. ")
            if part is None or question not in (part.heading.path[-1] if part.heading else ""):
                at = part.heading if part else None
                wanted = f"## {number}. {question}"
                yield form_remark(item, "major", f'The heading "{wanted}" is missing.', "Write it word for word.", at)
                continue
            title = part.heading.path[-1] if part.heading else ""
            if title != f"{number}. {question}":
                fix = f'Cut the heading to "{number}. {question}".'
                yield form_remark(item, "minor", "Words of the instructions are in the heading.", fix, part.heading)
            if is_empty(part):
                fix = "Answer the question, or say that the paper does not."
                yield form_remark(item, "major", "Nothing stands under the heading.", fix, part.heading)
            at_place = titles.index(title)
            if at_place < last:
                yield form_remark(item, "minor", "The parts are out of order.", "Put them in order.", part.heading)
            last = at_place
        yield from _own_view(item)
        yield from _hashtags(item)


def _own_view(item: Document) -> Iterator[Remark]:
    limits = under(item, "4. ")
    if limits and not is_empty(limits) and not _OWN_VIEW.search(limits.prose):
        wrong = "What the paper says and what the writer thinks of its limits are not told apart."
        yield form_remark(item, "minor", wrong, "Make two lists, the second marked as your own view.", limits.heading)


def _hashtags(item: Document) -> Iterator[Remark]:
    tweet = under(item, "8. ")
    count = len(re.findall(r"[#＃]\w+", tweet.prose)) if tweet else 0
    if tweet and not is_empty(tweet) and not 1 <= count <= 4:
        wrong = f"The tweet has {count} hashtags; 2 to 4 are usual."
        yield form_remark(item, "minor", wrong, "Add or drop hashtags, within 140 characters.", tweet.heading)


def abstract_four_ja(document: Document) -> Iterator[Remark]:
    """A dated heading; each paper with its linked title, its abstract in Japanese, and exactly four numbered points."""
    if not _DATED.match(document.text):
        wrong = "The dated heading is missing."
        yield form_remark(document, "major", wrong, "Begin with # arXiv 論文要約 (YYYY-MM-DD).")
    manners = []
    for item in document.items:
        body = item.text[item.start : item.end]
        manners.append((item, polite_ja(body)))
        for label in ("**アブストラクト**:", "**要約**:"):
            if label not in body:
                yield form_remark(item, "major", f"{label} is missing.", f"Add {label} on a line of its own.")
        summary = body.partition("**要約**:")[2]
        found = re.findall(r"(?m)^(\d{1,2})\. (.+?)\s*$", summary)
        points = [title for _, title in found if len(title) <= 60]
        for number, title in enumerate(_FOUR, 1):
            if not re.search(rf"(?m)^{number}\. {title}\s*$", summary):
                yield form_remark(
                    item, "major", f'The point "{number}. {title}" is missing.', "Write it word for word."
                )
        if len(points) > len(_FOUR):
            yield form_remark(
                item, "major", f"There are {len(points)} points instead of four.", "Merge them into four."
            )
    yield from _one_manner(manners)


def _one_manner(manners: list[tuple[Document, bool | None]]) -> Iterator[Remark]:
    told = [polite for _, polite in manners if polite is not None]
    if len(set(told)) < 2:
        return
    usual = told.count(True) >= told.count(False)
    for item, polite in manners:
        if polite is not None and polite != usual:
            style, other = ("plain", "polite (desu/masu)") if usual else ("polite (desu/masu)", "plain")
            wrong = f"This paper is told in {style} style, the others in {other} style."
            yield form_remark(item, "minor", wrong, "Keep to one style.")


def meeting_ja(document: Document) -> Iterator[Remark]:
    """Date and name of the meeting; presenters as @Name, below each one labelled item or more."""
    if not MINUTES.match(document.text):
        wrong = "The first line is not the date and the name of a study meeting."
        yield form_remark(document, "major", wrong, "Begin with a line such as 2025-11-18 機械学習勉強会.")
    headings = [block for block in document.blocks if block.kind == "heading"]
    presenters = [block for block in headings if block.path[-1].startswith("@")]
    if not presenters:
        yield form_remark(document, "major", "Nobody is named as presenter.", "Put @Name over what each one presents.")
    for presenter in presenters:
        end = next((other.start for other in presenters if other.start > presenter.start), len(document.text))
        below = [block for block in document.blocks if presenter.end <= block.start < end]
        if not any(block.kind == "heading" for block in below):
            first = below[0] if below else presenter
            wrong = "What is presented has no label of its kind."
            yield form_remark(document, "minor", wrong, "Put [論文], [oss] or [blog] before its title.", first)
    yield from _remarks_of_nobody(document, [block.path[-1] for block in presenters])


def _remarks_of_nobody(document: Document, presenters: list[str]) -> Iterator[Remark]:
    """Personal remarks by somebody who is no presenter, which nobody may have made."""
    known = " ".join(presenters).casefold()
    for block in document.blocks:
        for found in _PERSONAL.finditer(block.text) if block.kind != "heading" else ():
            name = found["name"]
            if name.lower() not in _LABELS and name.casefold() not in known and not name.isdigit():
                wrong = f"A personal remark is signed {name}, who is not among the presenters."
                yield form_remark(document, "minor", wrong, "Take it out unless that person made it.", block)
