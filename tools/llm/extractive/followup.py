"""A follow-up made understandable without the conversation before it."""

import re
from collections.abc import Sequence

from tools.llm.extractive.commands import subject_matter
from tools.llm.extractive.names import coined_names
from tools.llm.extractive.phrases import listed
from tools.llm.extractive.small_talk import is_small_talk
from tools.llm.extractive.subjects import cleaned, compared_subjects
from tools.llm.extractive.tokens import cjk_share, terms
from tools.types import Message

_I = re.IGNORECASE
_LOOK_BACK = 6
_LONGEST_TOPIC = 160
_ELLIPTIC = re.compile(
    r"^\W*(?:and|but|or|so|also|then|what about|how about|what else|any others?|"
    r"why(?: not| so)?\W*$|how(?: so)?\W*$|"
    r"more(?: details?)?\b|in (?:more )?detail|go on|continue|elaborate|shorter|again|"
    r"same|それ|これ|その|では|じゃあ|他に|"
    r"もっと|그럼|그러면|그리고|그것|그 |이것|더 |那|它|这|还有|其他)",
    _I,
)
SINGULAR = re.compile(
    r"\b(?P<possessive>its|this (?:paper|work|method|model|system|approach|study|one)'s)\b"
    r"|\b(?:it|this (?:paper|work|method|model|system|approach|study|one)|that (?:paper|"
    r"work|method|model|system|approach|study|one)|"
    r"the (?:same|paper|former paper|method|system|authors?))\b(?! (?:is|was|be) (?:true|"
    r"possible|clear|known))",
    _I,
)
_PLURAL = re.compile(
    r"\b(?P<possessive>their)\b|\b(?:they|them|these (?:two|papers|methods|models|systems|"
    r"approaches)|both|the two|"
    r"those (?:two|papers|methods|models|systems|approaches))\b(?! of\b)",
    _I,
)
_POINTING = re.compile(
    r"\b(?:this|that|these|those)\b(?=\W*$|\s+(?:is|are|does|do|was|were|compares?|"
    r"differs?)\b)|それ|これら?|その|この論文|그것|그 논문|이 논문|它们?|这篇|该(?:论文|"
    r"方法)",
    _I,
)
_ORDINAL = re.compile(
    r"\bthe (?P<which>first|second|third|former|latter|last|other)(?: (?:one|paper|method|"
    r"system|model|approach))?\b",
    _I,
)
_PLACES = {"first": 0, "former": 0, "second": 1, "third": 2, "latter": -1, "last": -1, "other": -1}
_QUOTED = re.compile(r"[\"“「『][^\"”」』]{2,120}[\"”」』]")
_CALLED = re.compile(r"[A-Z][\w.+-]*(?:\s+(?:[A-Z\d][\w.+-]*|of|the|and|for|in)){0,5}")
_LONGEST_TURN = 2_000
_SHORT_TOPIC = 6
_TOO_SHORT = 2


def completed(question: str, history: Sequence[Message]) -> tuple[str, tuple[str, ...]]:
    """The question understandable alone, and the names that it takes over from the user's turns before it."""
    names: tuple[str, ...] = ()
    topic = ""
    spoken_of: dict[str, None] = {}
    for message in [message for message in history if message.role == "user"][-_LOOK_BACK:]:
        turn = " ".join(message.content.split())[:_LONGEST_TURN]
        if is_small_talk(turn):
            continue
        leaning = bool(topic) and _leans(turn)
        told = _filled(turn, names, topic) if leaning else turn
        own = compared_subjects(told) or names_in(told)
        spoken_of.update(dict.fromkeys(own))
        names = own or (names if leaning else ())
        topic = listed(list(names), "en") or (topic if leaning else subject_matter(turn))
        topic = topic[:_LONGEST_TOPIC]
    if not topic or not _leans(question):
        return question, ()
    if len(names) == 1 and _PLURAL.search(question):
        # "the two" may have been spoken of one after the other
        names = tuple(spoken_of)[-2:]
        topic = listed(list(names), "en")[:_LONGEST_TOPIC]
    return _filled(question, names, topic), names


def _filled(question: str, names: tuple[str, ...], topic: str) -> str:
    """The question with its pronouns replaced, or its topic added."""
    subjects = names or ((topic,) if len(topic.split()) <= _SHORT_TOPIC else ())
    told = _with_ordinal(question, subjects)
    if told == question:
        told = _with_pronouns(question, subjects)
    if topic.lower() in told.lower() or (told != question and not _bare(told)):
        return told
    said = told.rstrip(" .?!。？！")
    return f"{said} ({topic}){told[len(said) :].strip()}"


def _leans(question: str) -> bool:
    """Whether the question cannot be understood alone."""
    pointing = any(p.search(question) for p in (SINGULAR, _PLURAL, _POINTING, _ORDINAL))
    # "what about RePO?" names its own subject
    return pointing or bool(_ELLIPTIC.search(question) and not names_in(question)) or _bare(question)


def _bare(question: str) -> bool:
    matter = terms(subject_matter(question))
    few = len(matter) <= (_TOO_SHORT if cjk_share(question) < 0.3 else 4)
    return few and not names_in(question)


def names_in(text: str) -> tuple[str, ...]:
    """What the text calls by name; an abbreviation only where little else is said."""
    coined = coined_names(text)
    long = tuple(name for name in coined if not name.isupper() or len(name) > 5)
    quoted = (cleaned(found) for found in _QUOTED.findall(text))
    called = subject_matter(text)
    titled = (called,) if not coined and _CALLED.fullmatch(called) and not text.startswith(called) else ()
    return tuple(dict.fromkeys((*filter(None, quoted), *titled, *(long or (coined if len(terms(text)) <= 3 else ())))))


def _with_ordinal(question: str, subjects: Sequence[str]) -> str:
    def chosen(found: re.Match[str]) -> str:
        place = _PLACES[found["which"].lower()]
        return subjects[place] if -len(subjects) <= place < len(subjects) else found[0]

    return _ORDINAL.sub(chosen, question) if len(subjects) > 1 else question


def _with_pronouns(question: str, subjects: Sequence[str]) -> str:
    if not subjects:
        return question
    name = listed(list(subjects), "en")
    pattern = _PLURAL if len(subjects) > 1 else SINGULAR

    def spelled(found: re.Match[str]) -> str:
        return f"{name}'s" if found["possessive"] else name

    return pattern.sub(spelled, question, count=2)
