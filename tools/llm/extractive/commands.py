"""A request without the words that say what to do with its subject."""

import re

_I = re.IGNORECASE
_LONGEST_REQUEST = 1_000
_LONGEST_MATTER = 4_000
LITERATURE = (
    r"(?:papers?|articles?|references?|studies|publications?|literature|works?|readings?|"
    r"surveys?|preprints?)"
)
PLAN = r"(?:outline|table of contents|toc|structure|skeleton|chapter plan|section plan)"
SEEK = r"(?:find|list|recommend|suggest|look up|look for|search(?: for)?|fetch|retrieve)"

_POLITE = re.compile(
    r"^(?:\W|\b(?:please|kindly|hi|hello|hey|can|could|would|will|may|you|i|we|need|want|"
    r"like|would like|let's|now|to|"
    r"help|me|us|also|then|and|but|so|ok|okay)\b)+",
    _I,
)
_OPENING = re.compile(
    rf"^(?:(?:give|write|show|make|draft|create|propose|generate|provide|prepare|produce|"
    rf"suggest|sketch|build) (?:me |us )?)?"
    rf"(?:(?:an?|the|short|brief|concise|quick|critical|good|detailed|"
    rf"possible) )*(?:summari[sz]e|summary(?: of)?|tl;?\s?dr(?: of| for| on)?|"
    rf"overview(?: of)?|"
    rf"explain|describe|sum up|critique(?: of)?|critici[sz]e|review|assess|evaluate|"
    rf"discuss|compare|contrast|comparison (?:of|between)|"
    rf"(?:the )?(?:main |key )(?:points|takeaways|findings|contributions|ideas?) (?:of|from|in)|"
    rf"outline(?: (?:of|for|on))?|table of contents(?: (?:of|for|on))?|structure(?: (?:of|"
    rf"for))?|plan(?: for)?|"
    rf"{SEEK}|tell (?:me|us)(?: about)?|which|what|are there|is there|(?=any |some ))\b[\s:,-]*",
    _I,
)
_OBJECT = re.compile(
    rf"^(?:(?:me|us|all|any|some|more|other|recent|new|good|key|important|seminal|relevant|"
    rf"best|top|latest|the|an?|this|that|these|my|our|"
    rf"\d+|few|five|ten|three|literature|systematic|short|research|academic|"
    rf"scientific) )*(?:{LITERATURE}|{PLAN}|review|findings)\b\s*"
    rf"(?:(?:called|titled|entitled|named|about|on|of|for|regarding|concerning|in|"
    rf"related to|(?:that |which )?(?:mak(?:es?|ing) use of|us(?:e|es|ed|ing)|apply|applies|applying|employ(?:s|ing)?|"
    rf"rel(?:y|ies|ying) on)|that (?:deal|deals|are) (?:with|about)|dealing with|deals? with|stud(?:y|"
    rf"ies)|"
    rf"address|cover|discuss|covering|discussing|which|that|using|with|from|by|"
    rf"there are on|are there on)\b\s*)?",
    _I,
)
_QUESTION = re.compile(
    r"^(?:what (?:is|are|was|were|do|does|did)(?: the)?|"
    r"who(?: (?:wrote|authored|proposed|introduced|invented|developed))?|why (?:is|are|do|does)|"
    r"how (?:do|does|is|are|can|did|would|should)|"
    r"when (?:is|are|do|does)|is there|are there|do|does|is|are|can)\s+",
    _I,
)
_TAIL = re.compile(
    r"(?:[\s,;]+(?:please|thanks?(?: you)?|for me|critically|in (?:one|two|three|four|"
    r"five|a few|\d+) (?:sentences?|words|lines|bullets?|bullet points|paragraphs?)|"
    r"in detail|briefly|in short|with (?:references|citations)|paper|を?(?:要約|比較|批評|"
    r"まとめ|説明|教え)[^\s]*))+[\s.?!。？！]*$",
    _I,
)
_ASKED_HOW = re.compile(r"^\W*(?:(?:can|could|please|you|explain|tell|me|us|so|and)\s+)*(?:how|what|why)\b", _I)
_GENERIC_TAIL = re.compile(
    r"(?:[\s,]+(?:(?:actually|really|exactly|basically|essentially|precisely|all|then|even)|works?|working|do(?:es)?|"
    r"means?|about|called|happens?|used(?: for)?|good for|"
    r"in (?:practice|general|detail|principle)|under the hood))+\W*$",
    _I,
)
_GENERIC_LEAD = re.compile(
    r"^(?:(?:exactly|actually|really|basically)\s+|(?:the\s+)?(?:(?:main|key|basic|core|central|general)\s+)?"
    r"(?:ideas?|points?|purpose|concepts?|meaning|definition)\s+(?:of|behind|in)\s+|"
    r"(?:how|why|what|does|do|is|are|was|were)\s+(?:the\s+)?)+",
    _I,
)
_FOREIGN = re.compile(
    r"(?:を|について|に関する|の)?(?:論文を?|文献を?)?(?:要約|比較|批評|批判的に|まとめ|"
    r"探し|見つけ|教え|説明|作っ|作成し|検索|挙げ)[^。？]*$"
    r"|(?:을|를|에 대한|에 관한|에 대해)?\s*(?:논문을?)?\s*(?:요약|비교|비평|정리|찾아|"
    r"추천|설명|알려|작성|만들)[^.?]*$"
    r"|^(?:请|帮我|请帮我|麻烦)*(?:总结|概括|概述|比较|对比|评析|批评|查找|推荐|列出|搜索|"
    r"解释|介绍)(?:一下)?(?:关于)?|的?(?:论文|文献|文章|摘要)?[。？]*$"
)
_LATIN = re.compile(
    r"^(?:fasse|vergleiche|kritisiere|erkläre|finde|suche|nenne|résume[rz]?|compare[rz]?|"
    r"trouve[rz]?|cherche[rz]?|explique[rz]?|resume|"
    r"compara|busca|encuentra|explica|riassumi|confronta|trova)\s+(?:(?:mir|bitte|das|die|"
    r"den|der|le|la|les|l'|des|el|los|las|il|lo)\s*)*"
    r"(?:(?:paper|papier|artikel|arbeiten|studien|articles?|artículos?|trabajos?|"
    r"étude)\b\s*)?(?:(?:über|zum|zu|sur|sobre|su|von|de)\s+)?"
    r"|\s+zusammen\b.*$|,?\s+(?:bitte|s'il (?:te|vous) plaît|por favor)$",
    _I,
)
_OBJECT_ALONE = re.compile(
    rf"^(?:(?:the|a|an|any|some|recent) )*(?:{LITERATURE}|{PLAN}) (?:called|titled|"
    rf"entitled|about|on|for|regarding|us(?:ing|e|es)|(?:that|which) use)\s+",
    _I,
)


def subject_matter(question: str) -> str:
    """What the request is about, without the words that say what to do with it."""
    text = " ".join(question.split())
    if len(text) > _LONGEST_REQUEST:
        # nobody phrases a request so long; it is a pasted text
        return text[:_LONGEST_MATTER]
    text = _POLITE.sub("", text)
    text = _TAIL.sub("", text).strip(" .?!。？！:")
    opened = _OPENING.sub("", text, count=1)
    if opened != text:
        text = _OBJECT.sub("", opened, count=1)
    text = _OBJECT_ALONE.sub("", text, count=1)
    text = _QUESTION.sub("", text, count=1)
    if _ASKED_HOW.match(question):
        text = _GENERIC_LEAD.sub("", _GENERIC_TAIL.sub("", text))
    text = re.sub(r"^(?:the|about)\s+|[\"“”]", "", _FOREIGN.sub("", _LATIN.sub("", text)), flags=_I).strip(
        " .?!。？！:,'"
    )
    return text if any(character.isalnum() for character in text) else " ".join(question.split())
