"""The words by which a request says what it wants done."""

import re
from collections.abc import Mapping

from tools.llm.extractive.commands import LITERATURE, PLAN, SEEK, subject_matter
from tools.llm.extractive.stopwords import ASKING
from tools.llm.extractive.tokens import stem, terms
from tools.types import Activity

_I = re.IGNORECASE
_READ = 600
_ASKING = frozenset(stem(word) for word in ASKING)
_SEVERAL = r"(?:papers|articles|references|studies|publications|literature|works|readings|surveys|preprints)"

_LONGEST_JOINED = 1_000
_DO = (
    r"(?:please\s+)?(?:find|list|recommend|suggest|summari[sz]e|critique|critici[sz]e|outline|explain|describe|compare|"
    r"contrast|say|tell|show|discuss|assess|evaluate|identify|point out|where|what|which|how|why|who|when|whether)\b"
)
_AND_DO = re.compile(
    rf"(?:[,;.]?\s+(?:and|then|also)(?:\s+(?:then|also))?|;|(?<!vs)(?<!e\.g)(?<!i\.e)(?<!al)[.?!])\s+(?={_DO})", _I
)
_LEANS = re.compile(r"\b(?:its?|they|them|their|theirs|these|those|both|each|this|that|the former|the latter)\b", _I)
_ASKS = re.compile(
    r"^\W*(?:(?:please|tell (?:me|us)|say|explain|describe|discuss)\s+)*(?:how|what|why|who|when|explain|describe)\b",
    _I,
)
# "and say where their evaluation is weak" asks for a judgement; it names no subject
_JUDGED = re.compile(
    r"\b(?:where|which|what|why|how|say|tell|show|point out|identify|assess|discuss|evaluate|list|explain|main|of|"
    r"evaluations?|experiments?|methods?|results?|papers?|weak\w*|strong\w*|strengths?|limit\w*|flaw\w*|shortcomings?|"
    r"drawbacks?|better|worse|best|worst|differ\w*|difference\w*|compare\w*|critique\w*|critici\w*|critically|"
    r"summari\w+|pros|cons|newer|older|cheaper|faster|stronger|matters?|important|two|three|one|ones|me|us)\b",
    _I,
)

_WANTED: Mapping[Activity, tuple[re.Pattern[str], ...]] = {
    "compare": (
        re.compile(
            r"\bcompar(?:e|es|ing|isons?|ative)\b|\bcompared? (?:with|to|against)\b(?=[^?]*\?)|"
            r"^compared\b",
            _I,
        ),
        re.compile(
            r"\bvs\b\.?|\bversus\b|\bdiffer(?:s|ences?)?\b|\bcontrast\b|\bside[- ]by[- ]side\b|"
            r"\btrade-?offs between\b",
            _I,
        ),
        re.compile(
            r"\b(?:better|worse|faster|slower|cheaper|stronger|weaker|larger|smaller|safer|"
            r"more \w+|less \w+) than\b",
            _I,
        ),
        re.compile(
            r"\bwhich (?:\w+ ){0,9}(?:is|are|performs?|works?) (?:the )?(?:better|worse|faster|"
            r"newer|older|later|earlier|larger|smaller|more recent|"
            r"cheaper|stronger|weaker)\b|\bhow (?:do|does) .+ (?:relate|stack up|measure up)\b",
            _I,
        ),
        re.compile(
            r"比較|比べ|違い|相違|どちらが|비교|차이|다른 점|어느 (?:것|쪽)이 더|比较|对比|区别|"
            r"差异|相比|哪个更|异同"
        ),
        re.compile(
            r"\bvergleich\w*|\bunterschied\w*|\bdifférences?\b|\bcompare[rz]\b|\bcomparaison\b|"
            r"\bcompara\w*\b|\bdiferencias?\b",
            _I,
        ),
    ),
    "critique": (
        re.compile(
            r"\b(?:is|are|look|looks|seems?)\b[^.?!;]{1,60}\bweak\b(?=\W*$|[,.;?!]|\s+(?:and|or|in|on|at|here)\b)|"
            r"\bweak(?:ness(?:es)?|er|est)\b|\bweak (?:points?|spots?|sides?|parts?)\b|\b(?:is|"
            r"are|look) weak\b|\bhow weak\b",
            _I,
        ),
        re.compile(
            r"\bcritiqu\w+|\bcritici[sz]\w*|\bcritical(?:ly)? (?:review|assess\w*|evaluat\w*|"
            r"apprais\w*|analy\w*|discuss\w*|read\w*|look\w*)|\b(?:review|assess|evaluate|"
            r"discuss) (?:\S+ ){0,8}?critically\b|\bpeer[- ]review\b",
            _I,
        ),
        re.compile(
            r"\blimitations?\b|\blimits of\b|(?:'s|\b(?:its|their|the|main|key)) limits\b|"
            r"\bflaws?\b|\bflawed\b|\bshortcomings?\b|"
            r"\bdrawbacks?\b|\bstrengths\b|\bpros and cons\b|\bthreats to validity\b|\bwhat(?:'s|"
            r" is) (?:wrong|missing)\b|\bproblems? with\b|\bhow (?:convincing|solid|sound|"
            r"reliable|trustworthy)\b",
            _I,
        ),
        re.compile(
            r"批評|批判|弱点|欠点|限界|問題点|長所|短所|査読|비평|비판|약점|단점|한계|문제점|"
            r"장단점|批评|批判|弱点|缺点|局限|不足之处|缺陷|优缺点|评析|评审"
        ),
        re.compile(
            r"\bschwäche\w*|\bkritisier\w*|\bkritik\b|\beinschränkung\w*|\bfaiblesses?\b|"
            r"\bcritique[rz]\b|\blimites\b|\bdebilidad\w*|\bcritica\b|\blimitaciones\b",
            _I,
        ),
    ),
    "summarize": (
        re.compile(
            r"\bsummari[sz]e[sd]?\b|\bsummar(?:y|ies)\b|\btl;?\s?dr\b|\boverview\b|"
            r"\bin a nutshell\b|\bgist\b|\bsum up\b|\bin (?:one|two|three|a few) sentences?\b|"
            r"\bdigest of\b|\brecap\b",
            _I,
        ),
        re.compile(
            r"\bexplain (?:(?:me|to me) )?(?:the|this|that|these) (?:\w+ )?(?:paper|article|study|"
            r"work)s?\b|\b(?:key|main) (?:points|takeaways|findings|contributions|ideas?|"
            r"messages?|results) (?:of|from|in)\b|\bwhat (?:is|are) .{2,80} (?:paper|article|"
            r"study|work)s? about\b|\bwalk me through\b|\bbrief me\b|\bintroduce (?:the|"
            r"this) paper\b",
            _I,
        ),
        re.compile(
            r"要約|まとめて|概要|サマリ|要点|요약|정리해|개요를 설명|요점|总结|摘要|概述|概括|"
            r"综述一下|要点"
        ),
        re.compile(
            r"\bzusammenfass\w*|\bfasse?\b.*\bzusammen\b|\brésum\w+|\bresum(?:e|en|a|ir|er)\b|"
            r"\briassum\w+",
            _I,
        ),
    ),
    "find": (
        re.compile(
            rf"\b{SEEK}\b[^.?!;]*?\b{LITERATURE}\b|\b(?:give|get|show|"
            rf"name)(?: me)?\b[^.?!;]{{0,40}}?\b{_SEVERAL}\b",
            _I,
        ),
        re.compile(
            r"\b(?:which|what) (?:other |recent |new )?(?:papers|articles|studies|works|"
            r"publications)\b|\breading list\b|\bwhat (?:should|can|could) i read\b|"
            r"\bare there (?:any )?(?:\w+ )?(?:papers|articles|studies|works)\b|"
            r"\bwho (?:has )?(?:works?|worked|published) on\b|\brelated work (?:on|for|to)\b",
            _I,
        ),
        re.compile(
            r"^\W*(?:(?:any|some|more|recent|new|good|key|the|important|seminal|best|top|latest|"
            r"\d+) )*(?:papers|articles|references|literature|publications|studies) (?:about|on|"
            r"for|that|which|regarding|related|using|with|where)\b",
            _I,
        ),
        re.compile(
            r"論文\W*$|논문\W*$|(?:的|关于.*)论文\W*$|論文を(?:探|見つけ|教え|検索|挙げ|紹介|推薦|リスト)|論文(?:は|が)?(?:ありますか|"
            r"あるか|ある？)|文献を|おすすめの論文|論文一覧|논문(?:을|들을|들|)?\s*(?:찾|추천|"
            r"알려|검색|나열|목록)|문헌을?\s*(?:찾|추천)|(?:查找|找|推荐|列出|搜索|"
            r"检索)[^。？]*(?:论文|文献|文章)|有哪些(?:论文|文献|文章)"
        ),
        re.compile(
            r"\b(?:finde?|suche|nenne|empfiehl|liste)\b[^.?!]*\b(?:papiere?|artikel|arbeiten|"
            r"studien|literatur)\b|\b(?:trouve[rz]?|cherche[rz]?|liste[rz]?|"
            r"recommande[rz]?)\b[^.?!]*\b(?:articles?|papiers?|études)\b|\b(?:busca|encuentra|"
            r"lista|recomienda)\b[^.?!]*\b(?:artículos|papers|trabajos|estudios)\b",
            _I,
        ),
    ),
    "outline": (
        re.compile(
            rf"^(?!\s*(?:how|why|does|do|is|are|which|when|what does|what do)\b).*\b(?:write|draft|"
            rf"propose|make|create|generate|give|suggest|plan|design|need|want|build|produce|"
            rf"prepare|sketch|show)\b[^.?!]*\b{PLAN}\b",
            _I,
        ),
        re.compile(
            r"^\W*(?:please |can you |could you |would you |now |then )*(?:outline|structure|"
            r"organi[sz]e|plan) (?:a|an|the|my|our|me)\b|\boutline (?:for|of) (?:a|an|my|the|"
            r"our) (?:\w+ ){0,3}(?:survey|review|paper|thesis|article|chapter|report)\b|\b(?:and|"
            r"then) outline (?:a|an|the|my)\b|^\W*(?:an? )?(?:survey )?outline\s*(?::|for|on|"
            r"of)\s|^\W*table of contents\b",
            _I,
        ),
        re.compile(
            r"\bstructure (?:of|for) (?:a|an|my|our|the) (?:\w+ ){0,3}(?:survey|review|thesis)\b|"
            r"\bhow (?:should|would|could|can) (?:i|you|we|one) (?:structure|organi[sz]e|"
            r"outline)\b|\bsurvey (?:plan|structure|skeleton)\b",
            _I,
        ),
        re.compile(
            r"アウトライン|目次|構成案|章立て|(?:サーベイ|レビュー|総説)の構成|목차|개요(?:를|"
            r")\s*(?:작성|만들|짜)|아웃라인|구성안|大纲|提纲|目录|综述(?:的)?结构"
        ),
        re.compile(
            r"\bgliederung\b|\binhaltsverzeichnis\b|\bplan (?:d'un|pour un) (?:état|article|"
            r"survey)\b|\btable des matières\b|\besquema (?:de|para)\b|\bíndice (?:de|para)\b",
            _I,
        ),
    ),
}


def wanted_activities(question: str) -> tuple[Activity, ...]:
    """Every activity that the request asks for, in a fixed order; `answer` when it asks for none.

    Of a long message only its beginning and its end are read: the rest is pasted text.
    """
    question = question if len(question) <= 2 * _READ else f"{question[:_READ]} {question[-_READ:]}"
    pieces = (question, *parts(question))
    found = tuple(
        activity for activity, cues in _WANTED.items() if any(cue.search(piece) for cue in cues for piece in pieces)
    )
    asked = any(_ASKS.match(piece) and _says_something(piece) and not _wants(piece) for piece in pieces[1:])
    return (*found, "answer") if found and len(pieces) > 2 and asked else found or ("answer",)


def parts(question: str) -> list[str]:
    """The parts of a request that asks for several things: "summarise A" and "list papers on B"."""
    if len(question) > _LONGEST_JOINED:
        # a pasted text is not a list of requests
        return [question]
    return [part for part in _AND_DO.split(question) if part.strip()] or [question]


def matters(question: str) -> tuple[str, ...]:
    """What each part is about; a part that leans on the one before is about the same and what it adds.

    "Which papers use GRPO, and where is their evaluation weak?" is about GRPO only.
    """
    about: list[str] = []
    for part in parts(question):
        matter = subject_matter(part)
        if about and not _says_something(part):
            continue
        if about and _LEANS.search(part):
            matter = f"{about[0]} {' '.join(_LEANS.sub(' ', matter).split())}"
        if terms(matter):
            about.append(matter)
    return tuple(dict.fromkeys(about))


def matter_for(activity: Activity, question: str) -> str:
    """What the part that asks for this activity is about; the first part's matter where it names nothing itself."""
    pieces = parts(question)
    asking = [i for i, part in enumerate(pieces) if activity in (_wants(part) or ("answer",))]
    if len(pieces) == 1 or len(asking) != 1:
        return subject_matter(question) if len(pieces) == 1 else " ".join(matters(question)) or subject_matter(question)
    place = asking[0]
    if not place:
        return subject_matter(pieces[0])
    held = matters("; ".join((pieces[0], pieces[place])))
    return held[-1] if held else subject_matter(question)


def _wants(part: str) -> tuple[Activity, ...]:
    return tuple(activity for activity, cues in _WANTED.items() if any(cue.search(part) for cue in cues))


def _says_something(part: str) -> bool:
    """Whether the part names a subject besides the words of asking and judging."""
    return bool(set(terms(_JUDGED.sub(" ", _LEANS.sub(" ", subject_matter(part))))) - _ASKING)
