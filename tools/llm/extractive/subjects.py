"""The names of the things that a request wants compared."""

import re
from collections.abc import Iterable
from itertools import islice

_I = re.IGNORECASE
_LONGEST_NAME = 90
_MOST_WORDS = 12
_LONGEST_QUESTION = 1_000
_LONGEST_PART = 300
_MOST_PARTS = 8

_LATER = re.compile(
    r"(?:[,;]?\s+(?:and|then|but|also)(?:\s+(?:also|then|please))?\s+(?:say|tell|explain|"
    r"list|find|summari[sz]e|give|show|critique|critici[sz]e|which|how|what|why|"
    r"whether|identify|discuss|point|recommend|describe|write|argue|judge|decide|conclude|"
    r"assess|evaluate|highlight|"
    r"state|do|is|are|who|where|outline|draw|name|note|mention|include|make|create|rank|"
    r"choose|suggest|review|comment)\b"
    r"|[,;]?\s+(?:in terms of|with (?:respect|regard) to|regarding|concerning|based on|"
    r"in the context of|focus(?:ing|sed|ed)? on|focus on|"
    r"according to|by (?:cost|accuracy|speed|method|approach)|on the basis of|especially|"
    r"particularly|when it comes to|"
    r"as (?:to|regards)|on (?:their|its|cost|accuracy|speed|performance|robustness|"
    r"evaluation|benchmarks?|method\w*|how|the)\b|for (?:me|a|an|the)\b|in (?:a|"
    r"one) (?:table|paragraph)|"
    r"using (?:only|the)|side[- ]by[- ]side)|[,;]\s+(?:which|what|how|who|where|is|are|do|"
    r"does|please)\b|\s+[-–—]\s+|\s+dans le contexte|\s+hinsichtlich|\s+en términos|"
    r"[;?!\n]|(?<!\bvs)\.(?=\s|$)).*$",
    _I | re.DOTALL,
)
_PATTERNS = (
    re.compile(
        r"\b(?:differences?|differen\w+|similarit\w+|trade-?offs?|comparisons?|contrasts?|"
        r"gap)(?: and \w+)? (?:between|of|among)\s+(?P<list>.+)",
        _I,
    ),
    re.compile(
        r"\bhow (?:do|does|did|is|are|would|"
        r"might) (?P<first>.+?) (?:and (?P<more>.+?) )?(?:different from|differ from|"
        r"differs from|compare (?:to|with|against)|compared? (?:to|with)|stack up (?:to|"
        r"against)|relate to)\s+(?P<list>.+)",
        _I,
    ),
    re.compile(r"\bhow (?:do|does|did) (?P<list>.+?) (?:differ|compare|relate)\b", _I),
    re.compile(
        r"\bwhich of (?P<list>.+?\sand\s.+?) (?:is|are|has|have|does|performs?|works?|costs?|"
        r"needs?)\b",
        _I,
    ),
    re.compile(r"\b(?:vergleiche?|compare[rz]|compara|confronta)\s+(?P<list>.+)", _I),
    re.compile(r"\b(?:compar(?:e|ing|ison of)|contrast(?:ing)?)\s+(?:and contrast\s+)?(?P<list>.+)", _I),
    re.compile(r"(?P<list>.+\s(?:vs\.?|versus)\s.+)", _I),
    re.compile(
        r"\b(?:which|what|who)\b[^:,]*\b(?:better|worse|faster|cheaper|stronger|weaker|best|"
        r"more \w+)\b[^:,]*[:,]\s*(?P<list>.+\sor\s.+)",
        _I,
    ),
    re.compile(
        r"\b(?:is|are|does|do|was|were)\s+(?P<first>.+?)\s+(?:\w+\s+){0,2}?(?:better|worse|"
        r"faster|slower|cheaper|stronger|weaker|larger|smaller|safer|more \w+|"
        r"less \w+) than\s+(?P<list>.+)",
        _I,
    ),
    re.compile(
        r"(?P<list>[^、。,]+?[とや].+?)(?:の|を|は|で|について)?\s*(?:比較|比べ|違い|相違|"
        r"どちら|どう違)"
    ),
    re.compile(r"(?P<list>.+?(?:와|과|랑|하고|,)\s*.+?)(?:을|를|의|는|은)?\s*(?:비교|차이|다른)"),
    re.compile(r"(?:比较|对比|比較)(?:一下)?(?P<list>.+?[和与跟、及].+?)(?:的|在|。|？|$)"),
    re.compile(r"(?P<list>.+?[和与跟].+?)(?:之间)?(?:的|有(?:什么|何))?(?:区别|差异|不同|异同|相比|哪个)"),
)
_SEPARATOR = re.compile(
    r"\s*,\s*(?:and|or|vs\.?|versus)\s+|\s*[,;、]\s*|\s+(?:vs\.?|versus|and|or|with|"
    r"against|to|&|und|mit|et|avec|y|con)\s+",
    _I,
)
_SEPARATOR_CJK = re.compile(r"(?<=[\w)）\]』」])\s*(?:、|，|と(?!も)|や|와\s+|과\s+|랑\s+|하고\s+|和|与|跟|及)\s*")
_QUOTED = re.compile(r"[\"“「『《]([^\"”」』》]{2,200})[\"”」』》]")
_LEADING = re.compile(
    r"^(?:(?:the|a|an|both|these|two|three|between|of|as|to|please|papers?|methods?|"
    r"approaches|approach|models?|systems?|frameworks?|"
    r"work|works|me|us|한번|请|帮我)\s+)+(?=\S)",
    _I,
)
_TRAILING = re.compile(
    r"(?:\s+(?:papers?|differ|compare|please|each other|one another|approach|method)|"
    r"(?:という|の)?(?:論文|手法)|\s*(?:논문|论文))+$",
    _I,
)
_PART_OF = re.compile(
    r"^(?:the\s+)?[a-z][a-z\s-]{2,50}?\s+(?:of|in|used by|behind|for|"
    r"from)\s+(?=[A-Z\d\"“])"
)
_NOBODY = re.compile(
    r"(?:(?:the|these|those|this|that|both|all|two|three|other|others|another|previous|"
    r"prior|existing|earlier|current|"
    r"first|second|third|former|latter|similar|related|each|them|they|it|its|one|ones|and|"
    r"or|of|some|any|my|our|your|"
    r"state-of-the-art|sota|baselines?|papers?|methods?|approaches|approach|models?|"
    r"systems?|works?|studies|results?|"
    r"findings|techniques|alternatives|competitors|frameworks?|articles?|evaluations?|"
    r"each other|one another)\b[\s-]*)+",
    _I,
)


def compared_subjects(question: str) -> tuple[str, ...]:
    """The names in the order of the question; empty when it names none."""
    question = question[:_LONGEST_QUESTION]
    quoted = [name.strip() for name in _QUOTED.findall(question)]
    if len(quoted) > 1:
        return tuple(dict.fromkeys(quoted))
    for part in islice(_parts(question), _MOST_PARTS):
        for pattern in _PATTERNS:
            if found := pattern.search(part):
                names = _names(found)
                if len(names) > 1 or (names and pattern is _PATTERNS[1]):
                    return names
    return ()


def _parts(question: str) -> Iterable[str]:
    """The question without what follows the comparison, sentence by sentence."""
    text = " ".join(question.split())
    for whole in re.split(r"(?<=[.?!。？！])(?<!\bvs\.)\s+", text):
        sentence = whole[:_LONGEST_PART]
        # "X vs Y: which is better" is as good as "which is better: X or Y"
        yield _LATER.sub("", sentence)
        yield sentence.rstrip(".?! ")


def _names(found: re.Match[str]) -> tuple[str, ...]:
    groups = found.groupdict()
    pieces = [piece for name in ("first", "more", "list") if (piece := groups.get(name))]
    names = []
    for piece in pieces:
        for part in _SEPARATOR.split(_PART_OF.sub("", _LATER.sub("", piece))):
            names.extend(_SEPARATOR_CJK.split(part) if re.search(r"[\u3040-\u9fff\uac00-\ud7af]", found[0]) else [part])
    return tuple(dict.fromkeys(name for part in names if _is_name(name := cleaned(part))))[:8]


def cleaned(name: str) -> str:
    """A name without articles, quotation marks and words such as "the paper"."""
    name = name.strip(" \"'“”‘’.,:;?!()「」『』《》。？！*_`")
    name = _TRAILING.sub("", _LEADING.sub("", _PART_OF.sub("", name)))
    return name.strip(" \"'“”‘’.,:;?!*_`")


def _is_name(name: str) -> bool:
    return (
        0 < len(name) <= _LONGEST_NAME
        and len(name.split()) <= _MOST_WORDS
        and any(character.isalnum() for character in name)
        and not _NOBODY.fullmatch(name)
    )
