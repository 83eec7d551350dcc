"""What a sentence of a paper is about: the problem, the approach, the data, the results, the cost, the limits.

The heading above a sentence tells most; cue words tell the rest, and everything in an abstract.
Source of the scheme: Teufel and Moens, Summarizing scientific articles, Computational Linguistics 28, 2002.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, get_args

from tools.llm.extractive.reading import Sentence

Kind = Literal["problem", "approach", "data", "results", "cost", "limits"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_HEADINGS: Mapping[Kind, re.Pattern[str]] = {
    "problem": re.compile(
        r"problem|motivation|introduction|background|challenge|related work|課題|背景|"
        r"何ができなかった|問題設定|序論|"
        r"문제|배경|서론|引言|问题",
        re.IGNORECASE,
    ),
    "approach": re.compile(
        r"method|approach|architecture|framework|algorithm|model|design|training|手法|"
        r"アプローチ|提案|技術的|방법|"
        r"접근|方法|架构",
        re.IGNORECASE,
    ),
    "data": re.compile(
        r"experimental set|setup|data\s?set|benchmark|metrics|evaluation protocol|実験設定|"
        r"データ|실험 설정|데이터|"
        r"数据",
        re.IGNORECASE,
    ),
    "results": re.compile(
        r"result|experiment|evaluation|finding|ablation|analysis|結果|実験|達成|결과|실험|"
        r"结果|实验",
        re.IGNORECASE,
    ),
    "cost": re.compile(r"cost|efficien|latency|runtime|resources|コスト|費用|비용|成本", re.IGNORECASE),
    "limits": re.compile(
        r"limit|weakness|threats|discussion|future|open (?:problem|question)|課題点|問題点|"
        r"限界|한계|局限|不足",
        re.IGNORECASE,
    ),
}

_CUES: Mapping[Kind, re.Pattern[str]] = {
    "problem": re.compile(
        r"\b(?:earlier|existing|previous|prior|current|conventional|"
        r"traditional)\b[^.;]{0,40}\b(?:work|works|methods?|"
        r"approach\w*|systems?|studies|models?|attempts?|benchmarks?|techniques?|research)\b"
        r"|\bchallenge\b|\bremains? (?:open|unclear|difficult|a challenge|underexplored|"
        r"limited)|\bsuffers? from\b"
        r"|\black(?:s|ing)?\b|\btoo (?:coarse|costly|expensive|slow)\b|\bbottleneck|"
        r"\bhad not been\b|\bunreliable\b"
        r"|\baimed at\b|\bstruggle|\bgap\b|課題|問題|문제|问题|挑战",
        re.IGNORECASE,
    ),
    "approach": re.compile(
        r"\b(?:we|paper|authors?|work|study)\s+(?:also\s+)?(?:propose|introduce|present|"
        r"develop|describe|design)\w*"
        r"|\b(?:proposes?|introduces?|is an? (?:\w+[- ]){0,6}(?:framework|method|model|system|"
        r"approach|benchmark|"
        r"algorithm|technique|architecture))\b|\b(?:framework|pipeline|module|encoder|stage|"
        r"step|architecture|"
        r"algorithm|loss|objective|mechanism)\b|\b(?:first|then|finally),?\s+\w+s\b|"
        r"\bis trained\b|\bfine-tun\w+"
        r"|\bconsists? of\b|\bcombin(?:es|ing)\b|提案|手法|제안|방법|提出|方法",
        re.IGNORECASE,
    ),
    "data": re.compile(
        r"\b(?:benchmarks?|data\s?sets?|corpus|corpora|test set|(?:evaluated|tested|measured|"
        r"trained|experiments?) on|"
        r"annotat\w+|raters?|\w+Bench|\w+QA|\w+Eval|metrics?|baselines?|questions|samples|"
        r"MMLU\S*|GPQA|ImageNet|COCO)\b|データセット|"
        r"ベンチマーク|데이터|벤치마크|数据集|基准",
        re.IGNORECASE,
    ),
    "results": re.compile(
        r"\b(?:outperform\w*|exceed\w*|achiev\w+|improv\w+|gain(?:s|ed)?|beats?|surpass\w*|"
        r"accuracy|score[sd]?|"
        r"win rates?|reaches|falls? (?:from|by)|drops? (?:from|by)|rises|reduc(?:es|ed|tion)|"
        r"matches|state of the art|"
        r"better than|comparable to|on a par|percentage points)\b|\d\s?%|達成|向上|精度|향상|성능|优于|提升",
        re.IGNORECASE,
    ),
    "cost": re.compile(
        r"\b(?:costs?|dollars?|USD|GPUs?|A100s?|H100s?|tokens|latency|hours?|minutes|seconds|"
        r"memory|faster|slower|"
        r"cheap\w*|expensive|runtime|throughput|FLOPs|overhead|efficien\w+|speed\w*)\b|"
        r"[$€]\s?\d|コスト|費用|비용|成本",
        re.IGNORECASE,
    ),
    "limits": re.compile(
        r"\b(?:limit(?:s|ed|ations?)?|weakness\w*|drawbacks?|shortcomings?|only|fails?|failure|cannot|"
        r"(?:does|do|did|is|are|was|were) not|not (?:evaluated|covered|reported|tested|"
        r"address\w*|consider\w*)|"
        r"depends? on|biase[sd]|bias|restricted|future work|remains?|remaining|still|"
        r"requires?|degrad\w+|worse|"
        r"drops? (?:when|for|if)|at the (?:cost|expense) of)\b|限界|制約|한계|局限",
        re.IGNORECASE,
    ),
}

_FIGURE = re.compile(r"(?<![\w.-])\d+(?:[.,]\d+)*\s?(?:%|points|times|x\b)?")
_ABOUT_THE_RECORD = re.compile(
    r"^Corrected here|^Here (?:one|the|a)\b|\bthe (?:digest|source)(?:'s| calls| claims|"
    r" gives| also| says| uses)|\bthis entry\b|"
    r"\brecord (?:here )?(?:does|gives|holds|follows)\b|\b(?:this|the paper's) record\b|"
    r"\bpublished abstract\b|\bsource sheet\b|"
    r"^(?:The |Our |All )?(?:source )?(?:code|data|weights|models?|data ?sets?)(?:,? (?:and )?\w+){0,3} "
    r"(?:is|are|will be) (?:\w+ )?(?:available|released|public)\b",
    re.IGNORECASE,
)
_PRESENTS = re.compile(
    r"\b(?:we|(?:this|the) (?:paper|work|study|article|authors?)|authors?)\s+(?:also\s+)?"
    r"(?:propose|introduce|present|develop|describe|design|study|studies|improve)\w*"
    r"|\b(?:is|are) (?:an?|the) (?:[\w,-]+ ){0,8}?(?:framework|method|model|system|"
    r"approach|benchmark|algorithm|"
    r"technique|architecture|dataset|data set|tool|library|metric|family|pipeline)\b"
    r"|を提案|を提示|를 제안|을 제안|提出了|我们提出",
    re.IGNORECASE,
)
_LIMITS_FIRST = re.compile(
    r"(?:(?:The|Its|Their|Main|Remaining|Stated|Known|Other|One|Two|Some) )*(?:limits?|"
    r"limitations?|weakness(?:es)?|drawbacks?|"
    r"shortcomings?)\b",
    re.IGNORECASE,
)
_UNSAID = re.compile(
    r"\b(?:not|nor) (?:covered|reported|stated|given|disclosed|described|available|"
    r"known)\b|\bunreported\b|\bno information\b"
    r"|\bdo(?:es)? not report\b|\b(?:is|are) missing\b",
    re.IGNORECASE,
)
_STATED_LIMIT = re.compile(
    r"\b(?:limit\w*|weakness\w*|drawbacks?|shortcomings?|fail\w*|future work|however|"
    r"bias\w*|restricted|unreliable|"
    r"not (?:evaluated|covered|reported|tested|addressed|considered)|cannot|degrad\w+)\b|限界|制約|한계|局限",
    re.IGNORECASE,
)
_IMPROVES = re.compile(
    r"\b(?:outperform\w*|exceed\w*|achiev\w+|improv\w+|gain(?:s|ed)?|beats?|surpass\w*|"
    r"match(?:es)?|better|best|higher|"
    r"faster|cheaper|fewer|less than|reduc\w+|comparable|on a par|"
    r"state[- ]of[- ]the[- ]art|robust|consistent\w*|agree\w*|"
    r"reaches|wins?)\b|向上|上回|향상|능가|优于|提升",
    re.IGNORECASE,
)


def kind_scores(sentence: Sentence) -> dict[Kind, float]:
    """How strongly heading and cues say that the sentence is of each kind, 0 to about 2."""
    return dict(_kind_scores(sentence.text, sentence.heading))


@lru_cache(maxsize=4_096)
def _kind_scores(text: str, heading: str) -> tuple[tuple[Kind, float], ...]:
    headed = headed_kind(heading)
    scores: dict[Kind, float] = {}
    for kind in KINDS:
        cues = len({match[0].lower() for match in _CUES[kind].finditer(text)})
        scores[kind] = min(cues, 3) * 0.25 + (1.0 if kind == headed else 0.0)
    if has_figure(text):
        scores["results"] += 0.6 if improves(text) else 0.2
    if _STATED_LIMIT.search(text):
        scores["limits"] += 0.25
    if _LIMITS_FIRST.match(text):
        scores["limits"] += 0.75
    if headed == "limits":
        # what stands under limits is a limit even where it speaks of cost or results
        scores["cost"] *= 0.5
        scores["results"] *= 0.3
    return tuple(scores.items())


def kind_of(sentence: Sentence) -> Kind | None:
    """The likeliest kind of the sentence; None when nothing tells."""
    scores = kind_scores(sentence)
    best = max(KINDS, key=lambda kind: scores[kind])
    return best if scores[best] > 0 else None


def headed_kind(heading: str) -> Kind | None:
    """The kind of text that stands under `heading`, if the heading says."""
    # limits before the rest: "Limits of the method" is about limits
    order: tuple[Kind, ...] = ("limits", "cost", "data", "results", "approach", "problem")
    return next((kind for kind in order if _HEADINGS[kind].search(heading)), None)


def asked_kinds(question: str) -> tuple[Kind, ...]:
    """The kinds of sentence that would answer the question, judged by its words."""
    wanted: Mapping[Kind, str] = {
        "limits": r"\blimit|weak|drawback|shortcoming|flaw|fail|vulnerab|限界|弱点|欠点|한계|약점|局限|缺点",
        "cost": r"\bcost|expens|cheap|price|latency|how (?:fast|long)|gpu|tokens?\b|コスト|費用|비용|成本",
        "results": r"\bresult|perform|accura|how (?:well|much|many)|improve|score|gain|better|結果|精度|"
        r"결과|성능|结果",
        "data": r"\bdata\s?set|benchmark|evaluat|metric|corpus|データ|評価|데이터|평가|数据|评估",
        "approach": r"\bhow (?:do|does|is|are|can)\b|method|mechanism|algorithm|approach|仕組み|手法|방법|"
        r"方法|如何",
        "problem": r"\bwhy\b|problem|motivat|challenge|なぜ|課題|왜|문제|为什么|问题",
    }
    return tuple(kind for kind, cue in wanted.items() if re.search(cue, question[:1_000], re.IGNORECASE))


def presents(text: str) -> bool:
    """Whether the sentence says what its paper offers, as a definition or as an announcement."""
    return bool(_PRESENTS.search(text))


def improves(text: str) -> bool:
    """Whether the sentence speaks well of a result."""
    return bool(_IMPROVES.search(text))


def speaks_of(kind: Kind, text: str) -> bool:
    """Whether the text holds any sign of this kind of statement."""
    return bool((_STATED_LIMIT if kind == "limits" else _CUES[kind]).search(text))


def unsaid(text: str) -> bool:
    """Whether the sentence says that something was not reported."""
    return bool(_UNSAID.search(text))


def has_figure(text: str) -> bool:
    """Whether the text holds a number that measures something."""
    return bool(_FIGURE.search(text))


def about_the_record(text: str) -> bool:
    """Whether the sentence speaks of the library's record instead of the paper."""
    return bool(_ABOUT_THE_RECORD.search(text))
