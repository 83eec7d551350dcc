"""From when the papers are to be that a request asks for: "since 2024", "papers from 2023", "2024年以降", "최근"."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from tools.types import PartialDate, Value

_I = re.IGNORECASE
_READ = 4_000
_Y = r"(?:19|20)\d\d(?![.,]?\d|%|\s(?:tokens|steps|examples|samples|images|words|questions|hours|GPUs)\b)"
_LIT = (
    r"(?:papers?|articles?|works?|stud(?:y|ies)|publications?|literature|research|preprints?|surveys?|"
    r"advances?|progress|developments?|trends?|methods?|approaches|techniques|findings|models?|benchmarks?)"
)
_LITERATURE = re.compile(rf"\b{_LIT}\b", _I)
_FEW: Mapping[str, int] = {
    "one": 1, "two": 2, "couple of": 2, "three": 3, "few": 3, "four": 4, "five": 5, "ten": 10, "": 1,
    "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "十": 10, "几": 3, "数": 3, "몇": 3,
}  # fmt: skip
_N = r"(?P<n>\d{1,2}|one|two|couple of|three|few|four|five|ten|[一二两三四五十几数몇])"
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_CJK_MONTH = r"(?:(?P<m>\d{1,2})\s*[月월]\s*)?"
_SINCE = r"(?:since|starting (?:in|from)|no earlier than|seit|ab|depuis|à partir de|desde|dal)"
_PUBLISHED = r"(?:published|released|presented|appeared|written|submitted|dated)"
_MONTH = rf"(?P<month>(?:{'|'.join(_MONTHS)})[a-z]*\.?)"


class Period(Value):
    """When the papers were published; years are inclusive. `as_of`: as if it were that day.

    `recent`: what is new counts, with no year said. `from_today`: the years were reckoned from this one.
    """

    year_from: int | None = None
    year_to: int | None = None
    as_of: PartialDate = ""
    recent: bool = False
    from_today: bool = False

    @property
    def says_years(self) -> bool:
        return self.year_from is not None or self.year_to is not None or bool(self.as_of)


_Read = Callable[[re.Match[str], int], Period]


def _between(found: re.Match[str], today: int) -> Period:
    del today
    first, last = sorted((int(found["y"]), int(found["z"])))
    return Period(year_from=first, year_to=last)


def _since(found: re.Match[str], today: int) -> Period:
    del today
    return Period(year_from=int(found["y"]))


def _after(found: re.Match[str], today: int) -> Period:
    del today
    return Period(year_from=int(found["y"]) + 1)


def _until(found: re.Match[str], today: int) -> Period:
    del today
    return Period(year_to=int(found["y"]))


def _before(found: re.Match[str], today: int) -> Period:
    del today
    return Period(year_to=int(found["y"]) - 1)


def _in(found: re.Match[str], today: int) -> Period:
    del today
    return Period(year_from=int(found["y"]), year_to=int(found["y"]))


def _in_literature(found: re.Match[str], today: int) -> Period:
    """The year, if papers are spoken of: other things happen in a year, too."""
    return _in(found, today) if _LITERATURE.search(found.string) else Period()


def _as_of(found: re.Match[str], today: int) -> Period:
    del today
    named = found.groupdict().get("month") or ""
    month = _MONTHS.index(named[:3].lower()) + 1 if named else int(found.groupdict().get("m") or 0)
    return Period(as_of=f"{found['y']}-{month:02d}" if 0 < month <= 12 else found["y"])


def _last_years(found: re.Match[str], today: int) -> Period:
    count = int(found["n"]) if found["n"].isdigit() else _FEW[found["n"].lower()]
    return Period(year_from=today - count, from_today=True)


def _this_year(found: re.Match[str], today: int) -> Period:
    del found
    return Period(year_from=today, year_to=today, from_today=True)


def _last_year(found: re.Match[str], today: int) -> Period:
    del found
    return Period(year_from=today - 1, year_to=today - 1, from_today=True)


def _recent(found: re.Match[str], today: int) -> Period:
    del found, today
    return Period(recent=True)


_CUES: tuple[tuple[re.Pattern[str], _Read], ...] = tuple(
    (re.compile(pattern, _I), read)
    for pattern, read in (
        (rf"\bas of (?:{_MONTH}\s+)?(?P<y>{_Y})(?:-(?P<m>\d\d))?(?:-\d\d)?", _as_of),
        (rf"(?P<y>{_Y})\s*[年년]\s*{_CJK_MONTH}(?:時点|现在|現在|시점|기준)(?:での?|の|에서|으로|의)?", _as_of),
        (rf"截[至止]到?\s*(?P<y>{_Y})\s*年{_CJK_MONTH}", _as_of),
        (
            rf"\b(?:between|from|zwischen|von|entre|de|tra)\s+(?P<y>{_Y})\s+(?:and|to|until|till|through|und|bis|et|à|y|a|e)"
            rf"\s+(?P<z>{_Y})",
            _between,
        ),
        (rf"(?:\b(?:in|from)\s+)?(?<![\w.-])(?P<y>{_Y})\s*(?:[-–—〜~]|to)\s*(?P<z>{_Y})年?の?(?![\w-]|\.\d)", _between),
        (rf"(?P<y>{_Y})\s*年?\s*(?:から|~|〜|至|到)\s*(?P<z>{_Y})\s*年(?:まで|の間|之间|间)?(?:に|の|的)?", _between),
        (rf"(?P<y>{_Y})\s*년?\s*(?:부터|에서|~)\s*(?P<z>{_Y})\s*년(?:까지)?(?:의)?", _between),
        (rf"\bfrom\s+(?P<y>{_Y})\s+(?:onwards?\b|forward\b|on(?=\W*$|[,.;?!]))", _since),
        (rf"\b{_SINCE}\s+(?P<y>{_Y})", _since),
        (rf"\b(?P<y>{_Y})\s+(?:or|and) (?:later|newer|after|onwards?)\b", _since),
        (rf"(?P<y>{_Y})\s*年(?:以降|以後|以来|以后|起|から)(?:に|の|的)?", _since),
        (rf"自(?:从)?\s*(?P<y>{_Y})\s*年(?:以来|起|以后)?(?:的)?", _since),
        (rf"(?P<y>{_Y})\s*년\s*(?:이후|이래|부터)(?:에|로|의)?", _since),
        (rf"\b(?:after|later than|newer than|nach|après|después de|dopo)\s+(?P<y>{_Y})", _after),
        (rf"(?P<y>{_Y})\s*年(?:之后|より後)(?:に|の|的)?", _after),
        (rf"\b(?:before|prior to|earlier than|older than|vor|avant|antes de|prima del)\s+(?P<y>{_Y})", _before),
        (rf"(?P<y>{_Y})\s*年(?:之前|より前|前の)(?:の|的)?", _before),
        (rf"(?P<y>{_Y})\s*년\s*전(?:에|의)", _before),
        (rf"\b(?:until|till|up to|no later than|through|bis|jusqu'en|hasta|fino al)\s+(?P<y>{_Y})", _until),
        (rf"(?P<y>{_Y})\s*年(?:以前|まで|为止)(?:に|の|的)?", _until),
        (rf"(?P<y>{_Y})\s*년\s*(?:이전|까지)(?:에|의)?", _until),
        (rf"\b{_PUBLISHED}\s+(?:in|during|from)\s+(?:{_MONTH}\s+)?(?P<y>{_Y})", _in),
        (rf"\b(?:in|from|of|during|dated|aus|en|de|del)\s+(?:the year\s+)?(?P<y>{_Y})\b", _in_literature),
        (rf"(?<![\w.-])(?P<y>{_Y})\s+(?=(?:\w+\s+){{0,2}}(?:papers|articles|publications|preprints|studies)\b)", _in),
        (rf"(?P<y>{_Y})\s*年(?:度)?(?:に|中に)(?=.*(?:論文|文献|研究|発表|出版|公開))", _in),
        (rf"(?P<y>{_Y})\s*年(?:度)?(?:の|的)?(?=[^年]*(?:論文|文献|研究|论文|文章|动向|動向))", _in),
        (rf"(?P<y>{_Y})\s*年(?=发表|出版|发布|公布)", _in),
        (rf"(?P<y>{_Y})\s*년(?:도)?(?:에|의)?\s*(?=.*(?:논문|문헌|연구|발표|출판|공개|동향))", _in),
        (rf"\b(?:in|over|during|within|from)?\s*(?:the\s+)?(?:last|past|previous)\s+{_N}\s+years?\b", _last_years),
        (rf"(?:過去|直近|ここ|この|过去|近|最近)\s*{_N}\s*(?:年間?|か年)(?:来|で|の|的)?", _last_years),
        (rf"(?:지난|최근)\s*{_N}\s*년(?:간|\s*동안)?(?:의)?", _last_years),
        (r"\b(?:from |in |published )?this year\b|今年(?:の|的)?|올해(?:의)?", _this_year),
        (r"\b(?:from |in |published )?last year\b|去年(?:の|的)?|昨年(?:の)?|작년(?:의)?|지난해(?:의)?", _last_year),
        (
            rf"\b(?:most\s+)?(?:recent|latest|newest|current)\s+(?=(?:[\w-]+\s+){{0,4}}?{_LIT}\b)|\b(?:recently|lately|nowadays|"
            r"these days|in recent years)\b",
            _recent,
        ),
        (r"(?:ここ)?最近[の的]?|近年(?:来的?|の)?|最新[の的]?|直近の?|近[几些]年来?的?|최근의?|요즘|최신", _recent),
    )
)  # fmt: skip


def period_of(question: str, today: int) -> Period:
    """The period that the request asks for; `today` is this year. Later words do not undo earlier ones."""
    asked = Period()
    for _, said in _said(question, today):
        if said.recent and asked.says_years:
            continue
        asked = _both(asked, said)
    return asked.model_copy(update={"recent": False}) if asked.says_years else asked


def _both(asked: Period, more: Period) -> Period:
    """Both together: two years that are named cover what lies between, two ends meet."""
    if None not in (asked.year_from, asked.year_to, more.year_from, more.year_to):
        first = min(asked.year_from or 0, more.year_from or 0)
        return asked.model_copy(update={"year_from": first, "year_to": max(asked.year_to or 0, more.year_to or 0)})
    told = {name: value for name, value in more if value and not getattr(asked, name)}
    return asked.model_copy(update=told)


def without_period(question: str) -> str:
    """The request less the words that say from when the papers are to be."""
    text = _folded(question)
    for found, _ in _said(question, 2_000):
        text = text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() :]
    bare = " ".join(text.split()).strip(" ,、，")
    bare = re.sub(r"\s+(?=[,.;:!?。？！、，])", "", bare)
    return bare if any(character.isalnum() for character in bare) else question


def _said(question: str, today: int) -> Iterator[tuple[re.Match[str], Period]]:
    """What is said of time, the most telling first; nothing is read twice."""
    text = _folded(question)
    taken: list[tuple[int, int]] = []
    for cue, read in _CUES:
        for found in cue.finditer(text):
            start, end = found.span()
            free = all(end <= first or start >= last for first, last in taken)
            if free and (period := read(found, today)) != Period():
                taken.append((start, end))
                yield found, period


def _folded(question: str) -> str:
    return unicodedata.normalize("NFKC", question[:_READ])
