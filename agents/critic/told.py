"""A critique as the Markdown of a chat answer."""

from collections.abc import Iterator, Mapping

from agents.cite import without_marks
from agents.critic.critique import CritiqueReport
from agents.critic.remark import SEVERITIES, Remark, Severity

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "of": "**{score:g} of 10** "
        "(criteria {criteria:g} x {w1:g}, soundness {soundness:g} x {w2:g}, form {form:g} x {w3:g})",
        "held": "Held down: {why}.",
        "measured": "No language model judged this text: the scores are measured, and say less than a reader would.",
        "criterion": "criterion",
        "score": "score",
        "why": "why",
        "disputed": "the judges disagree by {spread:g}",
        "none": "No faults were found.",
        "more": "{count} more remarks of the same kinds.",
        "critical": "Critical",
        "major": "Major",
        "minor": "Minor",
    },
    "ja": {
        "of": "**10点中 {score:g}点**"
        "（基準 {criteria:g} × {w1:g}、正確さ {soundness:g} × {w2:g}、形式 {form:g} × {w3:g}）",
        "held": "減点の理由: {why}.",
        "measured": "言語モデルによる評価ではありません。点数は測定値で、読み手の判断ほど多くを語りません。",
        "criterion": "基準",
        "score": "点",
        "why": "理由",
        "disputed": "審査員の差 {spread:g}",
        "none": "問題は見つかりませんでした。",
        "more": "同種の指摘がほかに{count}件あります。",
        "critical": "重大",
        "major": "重要",
        "minor": "軽微",
    },
    "ko": {
        "of": "**10점 만점에 {score:g}점** "
        "(기준 {criteria:g} × {w1:g}, 정확성 {soundness:g} × {w2:g}, 형식 {form:g} × {w3:g})",
        "held": "감점 이유: {why}.",
        "measured": "언어 모델이 평가한 것이 아닙니다. 점수는 측정값이며 독자의 판단보다 적은 것을 말해 줍니다.",
        "criterion": "기준",
        "score": "점수",
        "why": "이유",
        "disputed": "심사 차이 {spread:g}",
        "none": "문제를 찾지 못했습니다.",
        "more": "같은 종류의 지적이 {count}건 더 있습니다.",
        "critical": "심각",
        "major": "중요",
        "minor": "경미",
    },
}
_MOST_OF_A_KIND = 12


def told(report: CritiqueReport, language: str) -> str:
    """The score, why, and the remarks by gravity. Quotes stand as code, so that no mark in them cites anything."""
    words = _WORDS.get(language, _WORDS["en"])
    overall, weights = report.overall, report.overall.weights
    head = words["of"].format(
        score=overall.score,
        criteria=overall.criteria,
        soundness=overall.soundness,
        form=overall.form,
        w1=weights.criteria,
        w2=weights.soundness,
        w3=weights.form,
    )
    parts = [head]
    if overall.held_down:
        parts.append(words["held"].format(why=overall.held_down))
    if report.extractive:
        parts.append(f"*{words['measured']}*")
    parts.append("\n".join(_scores(report, words)))
    if not report.remarks:
        parts.append(words["none"])
    parts.extend(
        "\n".join((f"**{words[severity]}**", "", *lines))
        for severity in SEVERITIES
        if (lines := list(_listed(report, severity, words)))
    )
    parts.extend(f"*{_plain(note)}*" for note in report.notes)
    return "\n\n".join(parts)


def _scores(report: CritiqueReport, words: Mapping[str, str]) -> Iterator[str]:
    yield f"| {words['criterion']} | {words['score']} | {words['why']} |"
    yield "|---|---|---|"
    for one in report.judged.scores:
        reasons = "; ".join(_plain(judge.reason) for judge in one.judges if judge.reason)
        disputed = f" ({words['disputed'].format(spread=one.spread)})" if one.disputed else ""
        yield f"| {_cell(one.criterion)} | {one.score:g}{disputed} | {_cell(reasons)} |"


def _listed(report: CritiqueReport, severity: Severity, words: Mapping[str, str]) -> Iterator[str]:
    found = [one for one in report.remarks if one.severity == severity]
    for one in found[:_MOST_OF_A_KIND]:
        yield f"- {_remark(one)}"
    if len(found) > _MOST_OF_A_KIND:
        yield f"- {words['more'].format(count=len(found) - _MOST_OF_A_KIND)}"


def _remark(one: Remark) -> str:
    where = one.where
    quote = f"`{where.quote.replace('`', ' ')}` " if where and where.quote else ""
    heading = f"({_plain(where.heading[-1])}) " if where and where.heading else ""
    return f"{quote}{heading}{_plain(one.wrong)} {_plain(one.fix)}".strip()


def _plain(text: str) -> str:
    """Text on one line that cites nothing and is no Markdown of its own."""
    return without_marks(text).replace("<", "&lt;").replace("*", "")


def _cell(text: str) -> str:
    return _plain(text).replace("|", "/")
