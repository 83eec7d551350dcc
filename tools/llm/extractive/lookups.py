"""Questions that the records answer and no passage does: who wrote a paper, when, how many there are, the newest."""

import re
from typing import Literal, get_args

from tools.llm.extractive.activities import parts
from tools.llm.extractive.periods import without_period
from tools.llm.extractive.subjects import cleaned
from tools.types import Value

_LONGEST = 300
_LONGEST_NAME = 200
_MOST_LISTED = 50

LookupKind = Literal["authors", "date", "venue", "link", "count", "newest", "oldest", "by_author"]


class Lookup(Value):
    """What is looked up. `name` is the paper's, or the author's for `by_author`; of a list or a count, its topic.

    Empty where the words only point: "its authors". `limit` is how many papers a list is to have.
    """

    kind: LookupKind
    name: str = ""
    limit: int = 10


_PARTS = {
    "PAPERS": r"(?:papers?|articles?|publications?|documents?|preprints?)",
    "HERE": r"(?:in|within) (?:the|my|our|your|this) (?:\w+ )?(?:library|collection)",
    "HAVE": (
        r"(?:do (?:you|i|we) have|have (?:you|we|i)(?: got)?|are there|"
        r"do(?:es)? (?:the|my|our|your) library (?:have|hold|contain))"
    ),
    "PERSON": r"(?P<name>[^\W\d_][\w.'’-]*(?:\s+[\w.'’-]+){0,4})",
    "NAME": r"(?P<name>.+?)",
    "COUNT": r"(?:(?P<n>\d{1,3})\s*[件本편篇]?\s*)?",
    "ASK": r"(?:\W|\b(?:please|can|could|you|list|show|name|give|tell|find|me|us|what|which|all|are|is|the|top)\b)*",
    "WROTE": r"(?:wrote|authored|co-?wrote|published|proposed|introduced|presented|created|developed|invented)",
    "OUT": r"(?:published|released|written|submitted|posted|proposed|introduced|appear|come out)",
}  # fmt: skip
_CUES_AS_TEXT = r"""
count     | ^how many <PAPERS>(?: (?:<HAVE>|are|exist))?(?: <HERE>)?\W*$
count     | ^how many <PAPERS> (?:are )?(?:there )?<HERE>\W*$
count     | ^how many <PAPERS> (?:(?:<HAVE>|are|<HERE>) )*(?:about|on|regarding) <NAME>(?: (?:are )?(?:<HAVE>|<HERE>))*\W*$
count     | \bhow (?:big|large) is (?:the|my|your|our) library\b|\bnumber of <PAPERS> <HERE>
count     | ^(?:ライブラリ(?:に|には|の))?(?:<NAME>(?:に関する|についての|の))?論文(?:は|が|の数は)?(?:ライブラリに)?(?:全部で|今)?(?:何(?:本|件|編|篇)|いくつ)
count     | ^(?:라이브러리에\s*)?(?:<NAME>(?:에 관한|에 대한)\s*)?논문(?:은|이|의 수는)?\s*(?:라이브러리에\s*)?(?:모두 )?몇\s*(?:편|개|건)
count     | ^(?:我的|这个)?(?:(?:文献|论文|资料)?库(?:里|中|内)?)?(?:一共)?有(?:多少|几)篇\s*(?:关于<NAME>的)?\s*(?:论文|文献|文章)?[。？?]?$
newest    | ^<ASK><COUNT>(?:newest|latest|most recent|last added) <PAPERS>(?: (?:<HERE>|<HAVE>|you have|i have))?\W*$
newest    | ^<ASK><COUNT>(?:newest|latest|most recent) <PAPERS>(?: <HERE>)? (?:about|on|regarding) <NAME>(?: <HERE>)?\W*$
newest    | ^<ASK><PAPERS>\W*$
newest    | ^<ASK><PAPERS> (?:are )?(?:there )?(?:<HERE>|do (?:you|i|we) have)\W*$
newest    | ^(?:一番|もっとも|最も)?(?:最新の|最近の|新しい)論文(?:を|は|の一覧を?)?<COUNT>(?:を)?(?:挙げ|教え|リスト|表示|一覧|見せ|何|なに|どれ)?[^。？?]{0,6}[。？?]?$
newest    | ^(?:가장 )?(?:최근|최신)(?:의)?\s*논문(?:을|은|들을)?\s*<COUNT>(?:을|를)?\s*(?:나열|알려|보여|목록|무엇|뭐)?[^.?]{0,8}[.?]?$
newest    | ^(?:请|列出|给我|告诉我|显示)*<COUNT>(?:最新|最近)的?(?:几篇)?(?:论文|文献|文章)(?:有哪些|是什么|是哪些)?[。？?]?$
oldest    | ^<ASK><COUNT>(?:oldest|earliest) <PAPERS>(?: (?:<HERE>|<HAVE>|you have|i have))?\W*$
oldest    | ^<ASK><COUNT>(?:oldest|earliest) <PAPERS>(?: <HERE>)? (?:about|on) <NAME>(?: <HERE>)?\W*$
oldest    | ^(?:最も|一番)古い論文|^가장 오래된 논문|^(?:列出)?最[早老旧]的?<COUNT>(?:论文|文献)
authors   | \bwho (?:<WROTE>|(?:is|are|were|was) (?:the )?(?:\w+ )?(?:authors?|writers?) (?:of|behind)) <NAME>\W*$
authors   | ^(?:\W|\b(?:please|and|list|name|give|me|show|tell|what|are|about|the|names?|of)\b)*authors? of <NAME>\W*$
authors   | \bwho (?:is|are|was|were) <NAME>(?:'s|s')? (?:\w+ )?authors?\W*$
authors   | ^(?:\W|\b(?:please|and|list|name|give|me|show|tell|what|about|are|who)\b)*(?:its|the|their)? ?authors\W*$
authors   | \bby whom (?:was|is) <NAME> (?:written|proposed|authored)\W*$
authors   | ^<NAME>の(?:著者|作者|筆者)(?:は(?:誰|だれ|どなた)?|を教えて|名)?[^。？?]{0,8}[。？?]?$
authors   | ^<NAME>を(?:書いた|執筆した|提案した|発表した)(?:の|人)は(?:誰|だれ|どなた)
authors   | ^(?:誰|だれ)が<NAME>を(?:書|執筆|提案|発表)
authors   | ^<NAME>(?:의|은|는)\s*(?:저자|작성자)(?:는|가|를|은)?[^.?]{0,12}[.?]?$
authors   | ^누가\s*<NAME>(?:을|를)?\s*(?:썼|쓴|작성|제안|발표)
authors   | ^<NAME>(?:을|를|은|는)\s*(?:누가\s*(?:썼|작성|제안|발표)|쓴 사람)
authors   | ^<NAME>(?:这篇论文)?的?作者(?:是谁|有谁|都有谁|有哪些|们)?[。？?]?$
authors   | ^<NAME>是谁(?:写|提出|发表)
authors   | ^(?:是)?谁(?:写|提出|发表)了?(?:的)?<NAME>[。？?]?$
date      | \b(?:when|(?:in )?(?:what|which) (?:year|month)) (?:was|were|is|did) <NAME> (?:first )?<OUT>\W*$
date      | ^(?:\W|\b(?:what|is|the|tell|me|give|and)\b)*(?:publication |release )(?:date|year) of <NAME>\W*$
date      | ^<NAME>(?:は|が)いつ(?:発表|公開|出版|出|書)
date      | ^<NAME>の(?:発表|出版|公開)(?:年|日|時期)
date      | ^<NAME>(?:은|는|이|가)\s*언제\s*(?:발표|출판|공개|나)
date      | ^<NAME>의\s*(?:출판|발표|공개)\s*(?:연도|날짜|일)
date      | ^<NAME>(?:是)?(?:什么时候|何时|哪一?年)(?:发表|发布|出版|提出)
date      | ^<NAME>的?(?:发表|出版|发布)(?:时间|日期|年份)
venue     | \b(?:where|(?:at|in) (?:what|which) (?:venue|conference|journal)) (?:was|is|were|did) <NAME> (?:published|appear|presented)\W*$
venue     | ^<NAME>は(?:どこ|どの(?:学会|会議|雑誌|ジャーナル))で(?:発表|出版)
venue     | ^<NAME>(?:은|는)\s*(?:어디|어느 (?:학회|저널))에(?:서)?\s*(?:발표|출판|실)
venue     | ^<NAME>(?:是)?(?:发表在|在)(?:哪里?|哪个(?:会议|期刊))(?:发表)?
link      | \b(?:arxiv (?:id|number|link)|doi|link|url|web address) (?:of|to|for) <NAME>\W*$
link      | ^<NAME>の(?:arXiv番号|arXiv\s?ID|DOI|リンク|URL)
link      | ^<NAME>의\s*(?:arXiv 번호|DOI|링크|주소)
link      | ^<NAME>的(?:arXiv编号|DOI|链接|地址)
by_author | ^<ASK><PAPERS> (?:that (?:were|are) )?(?:written |authored )?by <PERSON>\W*$
by_author | \bwhat (?:has|have|did) <PERSON> (?:written|published|write|publish|author\w*)\W*$
by_author | \bwhich <PAPERS> (?:has|have|did|are) <PERSON> (?:written|wrote|write|author\w*|publish\w*)\W*$
by_author | ^<NAME>(?:さん|氏)?(?:が書いた|による|が著者の|の執筆した)論文
by_author | ^<NAME>(?:이|가)\s*(?:쓴|작성한)\s*논문
by_author | ^<NAME>\s*저자의\s*논문
by_author | ^<NAME>(?:写|发表)的?(?:论文|文章)
"""  # noqa: E501  one cue a line
_ABOUT_A_LIST = frozenset({"count", "newest", "oldest", "by_author"})
_POINTS = re.compile(
    r"(?:it|its|their|this|that|the|them|these|(?:this|that|the) (?:paper|article|work|one|study)|"
    r"それ|その|これ|(?:この|その)論文|그|그것|이|(?:이|그) 논문|它|这篇(?:论文)?|该论文)",
    re.IGNORECASE,
)
_WRAPPING = re.compile(
    r"^(?:the )?(?:paper|article|preprint)\s+(?:(?:on|about|called|titled)\s+)?|^论文|\s+(?:paper|article)$|"
    r"(?:という)?論文$|\s*논문$|(?:这篇)?论文$",
    re.IGNORECASE,
)


def _cues() -> tuple[tuple[LookupKind, re.Pattern[str]], ...]:
    kinds = {kind: kind for kind in get_args(LookupKind)}
    found = []
    for line in _CUES_AS_TEXT.strip().splitlines():
        kind, _, pattern = line.partition("|")
        for part, meaning in _PARTS.items():
            pattern = pattern.replace(f"<{part}>", meaning)
        found.append((kinds[kind.strip()], re.compile(pattern.strip(), re.IGNORECASE)))
    return tuple(found)


_CUES = _cues()


def lookup_of(question: str) -> Lookup | None:
    """What the question asks of the records; None where it asks something else, or more than that."""
    text = " ".join(question.split())
    if not text or len(text) > _LONGEST or len(parts(text)) > 1:
        return None
    undated = without_period(text)
    for kind, cue in _CUES:
        found = cue.search(undated) if kind in _ABOUT_A_LIST else None
        if found := found or cue.search(text):
            return _lookup(kind, found)
    return None


def _lookup(kind: LookupKind, found: re.Match[str]) -> Lookup:
    parts = found.groupdict()
    name = (parts.get("name") or "")[:_LONGEST_NAME].strip()
    name = "" if _POINTS.fullmatch(name) else cleaned(_WRAPPING.sub("", name.strip(" \"'“”‘’「」『』《》*_")))
    count = parts.get("n")
    return Lookup(kind=kind, name=name, limit=min(max(int(count), 1), _MOST_LISTED) if count else 10)
