"""The answer itself, where a text ends up with one: an option, yes or no, a number."""

import re

from agents.cite import without_marks
from tools.llm.extractive.figures import figures
from tools.llm.extractive.sentences import split

_I = re.IGNORECASE
_STATED = re.compile(
    r"(?:(?:final\s+|correct\s+|right\s+)?answer\s*(?:is|:|：|=)|答え\s*(?:は|:|：)|正解\s*(?:は|:|：)|回答\s*(?:は|:|：)|"
    r"(?:정답|답)\s*(?:은|:|：)|答案\s*(?:是|为|:|：)|\\boxed\{)\s*\**\s*(?P<answer>[^\n]{1,80})",
    _I,
)
_OPTION = re.compile(
    r"(?:option\s*)?[(\[（]?\s*(?P<letter>[A-Ja-j])\s*[)\]）}]?(?=[\s.,:;、。．)*]|$|です|だ|입니다|이다)", _I
)
_YES = re.compile(
    r"\W*(?:yes|correct|true|that is right|はい|その通り|そうです|네|예|그렇|맞습|"
    r"是的|是，|是。|对，|对。|正确|可以)(?![A-Za-z])",
    _I,
)
_NO = re.compile(
    r"\W*(?:no|incorrect|false|いいえ|いや|違います|아니요|아니오|아닙|그렇지 않|틀렸|"
    r"不是|不，|不。|否|没有|并非|不对)(?![A-Za-z])",
    _I,
)
_POLAR = re.compile(
    r"^\W*(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|may|might)\b.*\?|"
    r"(?:ますか|ですか|でしょうか|のか|るか|たか|いか)[？?。]?\s*$|(?:니까|나요|까요|가요|은가|는가|인가)[？?]?\s*$|吗[？?]?\s*$|"
    r"是否|能不能|是不是|有没有",
    _I | re.DOTALL,
)
_OTHER = re.compile(r"何|どの|どれ|どう|いつ|誰|なぜ|어떤|무엇|어떻게|왜|언제|누가|얼마|몇", _I)
_AND = re.compile(
    r"[,;?？、，；]\s*(?:and|but|how|what|which|why|where|when|in which|on how|また|そして|および|さらに|"
    r"그리고|또한?|以及|并且?|还有|又)\b"
    r"|[,;、，；？]\s*(?:また|そして|および|さらに|그리고|또|以及|并|还有)|(?<=[까요가])[,?]?\s(?:그리고|또)",
    _I,
)
_COUNTING = re.compile(
    r"\bhow (?:many|much|large|long|high|big|often)\b|\bwhat (?:percentage|number|share|score|accuracy|year)\b|"
    r"\bin which year\b|いくつ|いくら|何(?:件|人|年|個|回|％|パーセント|ポイント|倍)|どれくらい|몇|얼마|"
    r"多少|几[个篇次年]",
    _I,
)


def final_answer(text: str, question: str = "") -> str:
    """The answer that the text ends up with: "C", "yes", "no", "8.15"; "" where it is no single one.

    A stated answer ("Answer: C") counts always; yes, no and numbers only where the question asks for one.
    """
    stated = [found["answer"] for found in _STATED.finditer(text)]
    if stated and (read := _read(without_marks(stated[-1]).strip(" *_`"))):
        return read
    lead = next(iter(split(without_marks(text.strip().splitlines()[0]))), "") if text.strip() else ""
    if is_polar(question):
        return "yes" if _YES.match(lead) else "no" if _NO.match(lead) else ""
    if _COUNTING.search(question):
        found = set(figures(lead)) - set(figures(question))
        return found.pop() if len(found) == 1 else ""
    return ""


def asks_once(question: str) -> bool:
    """Whether the question asks for one thing, so that a single answer is the whole of it."""
    return not _AND.search(question.strip().rstrip("?？。"))


def is_polar(question: str) -> bool:
    """Whether the question, or the first of several in one, can be answered by yes or no."""
    first = _AND.split(question)[0].rstrip(" ?？。") + "?"
    return bool(_POLAR.search(first)) and not (_OTHER.search(first) or _COUNTING.search(first))


def _read(answer: str) -> str:
    if option := _OPTION.match(answer):
        return option["letter"].upper()
    if _YES.match(answer):
        return "yes"
    if _NO.match(answer):
        return "no"
    numbers = set(figures(answer))
    return numbers.pop() if len(numbers) == 1 else ""
