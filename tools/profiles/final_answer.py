"""Finding the final answer in what a model wrote around it, in English, Japanese, Korean and Chinese."""

import re
import unicodedata
from collections.abc import Iterator

_MARKER = re.compile(
    r"""(?:
        (?:final|correct|right|best|my|the)?\s*\b(?:answer|choice|option|result|solution)\s*
            (?:\s+(?:is|would\s+be|should\s+be|must\s+be|will\s+be)\b|\s*[:=])
      | (?:最終的な|最終|正しい)?(?:答え|回答|解答|正解|選択肢)\s*(?:は|[:=]|として)
      | (?:최종|올바른)?\s*(?:정답|답|답변|선택지)\s*(?:은|는|[:=])
      | (?:最终|正确)?(?:答案|选项)\s*(?:是|为|[:=])
    )\s*[:=]?\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_BOXED = re.compile(r"\\boxed\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_TEXT = re.compile(r"\\(?:text|mathrm|mathbf|textbf)\s*\{([^{}]*)\}")
_EMPHASIS = re.compile(r"[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}|^#{1,6}\s+|\$", re.MULTILINE)
_CITATION = re.compile(r"\[\d+(?:\s*,\s*\d+)*\]")
_COPULA = re.compile(r"(?:です|である|입니다|이다)\s*$")
_END = re.compile(r"\n|(?<=[^\d\W])\.\s|(?<=[\d)\]])\.\s|[。！？]|\.$")

_ABSTAINS = re.compile(
    r"""^\W*(?:(?:i|we)\s+(?:do\s+not|don't|cannot|can't)\s+(?:know|tell|answer|determine)
      | (?:it\s+)?(?:cannot|can't|could\s+not)\s+be\s+(?:determined|answered|known)
      | (?:n/?a|none|unknown|unanswerable|not\s+(?:known|stated|given|enough\s+information)|no\s+answer|abstain)\W*$
      | (?:insufficient|not\s+enough)\s+(?:evidence|information)
      | (?:the\s+)?(?:evidence|passages?)\s+(?:do(?:es)?\s+not|don't|doesn't)\s+(?:say|answer|tell|state)
      | (?:わかりません|分かりません|不明|判断できません|答えられません)
      | (?:모르겠|알\s*수\s*없|답할\s*수\s*없) | (?:不知道|无法确定)
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def cleaned(text: str) -> str:
    """The text in plain characters, without emphasis, citations and the dress of formulas."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'")
    text = _TEXT.sub(r"\1", text)
    return _EMPHASIS.sub("", _CITATION.sub(" ", text)).strip()


def abstains(text: str) -> bool:
    """Whether the text is no answer: blank, or saying that there is none."""
    plain = cleaned(text)
    return not re.search(r"\w", plain) or bool(_ABSTAINS.search(plain))


def marked(text: str) -> list[str]:
    """What stands after "the answer is" and the like, up to the end of the sentence; the last one last.

    What is boxed is the answer whatever else is marked.
    """
    boxed = [cleaned(found[1]) for found in _BOXED.finditer(unicodedata.normalize("NFKC", text))]
    if boxed:
        return boxed
    return [answer for answer in _after_markers(cleaned(text)) if answer]


def final_answers(text: str) -> list[str]:
    """Where the answer may stand, the likeliest first: after the last marker, the whole text, its last line."""
    plain = cleaned(text)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return list(dict.fromkeys([*marked(text)[-1:], plain, *lines[-1:]]))


def _after_markers(plain: str) -> Iterator[str]:
    ends = list(_MARKER.finditer(plain))
    starts = [found.start() for found in ends[1:]]
    for found, until in zip(ends, [*starts, len(plain)], strict=False):
        rest = plain[found.end() : until]
        stop = _END.search(rest)
        yield _COPULA.sub("", rest[: stop.start()] if stop else rest).strip()
