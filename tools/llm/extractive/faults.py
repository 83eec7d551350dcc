"""Whose fault or cost a sentence speaks of: that of its own paper, or that of the work before it."""

import re

from tools.llm.extractive.kinds import Kind, headed_kind, presents
from tools.llm.extractive.names import calls_itself, coined_names, mentions
from tools.llm.extractive.reading import Reading

_OTHERS = re.compile(
    r"\b(?:earlier|existing|previous|prior|conventional|standard|traditional|vanilla|plain|current|ordinary|"
    r"naive|classical|usual|today's|state-of-the-art|other|many|most|recent|competing|original|baselines?)\b"
    r"(?! (?:limits?|limitations?|weakness\w*)\b)(?=[^.;]{0,60}\b\w+)|既存|従来|先行|기존|이전|现有|以往|传统",
    re.IGNORECASE,
)
_CURES = re.compile(
    r"\b(?:overc[ao]m\w+|address\w*|mitigat\w+|alleviat\w+|avoid\w*|solv\w+|tackl\w+|prevent\w*|remed\w+|unlike|"
    r"in contrast to|instead of|motivat\w+|despite|without|improves?)\b",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"\b(?:we|our|ours|the authors?|(?:the|this) (?:paper|study|work|method|approach|model|system|framework|evaluation|"
    r"benchmark|experiments?|analysis|survey))\b|本研究|本論文|提案手法|본 연구|本文",
    re.IGNORECASE,
)
_FAULT = re.compile(
    r"\b(?:limit|weak|drawback|shortcoming|fail|los[es]|bias|restrict|unreliab|cannot|degrad|not\b|only\b|suffer|"
    r"expens|cost|slow|overopti|struggl|lack)",
    re.IGNORECASE,
)
_SUBJECT = 50  # characters in which a sentence says what it speaks of
_OF_SOMETHING = re.compile(r"\b(?:limit\w*|weakness\w*|drawbacks?|shortcomings?|flaws?) (?:of|in) ", re.IGNORECASE)


def is_own(kind: Kind, position: int, reading: Reading) -> bool:
    """Whether the sentence, taken as a limit or a cost, is one of the paper that it stands in."""
    sentence = reading.sentences[position]
    source = reading.sources[sentence.paper]
    text = sentence.text
    if headed_kind(sentence.heading) == kind:
        return True
    names = coined_names(text)
    named = mentions(source.short, text) or any(calls_itself(name, source, reading) for name in names)
    fault = _FAULT.search(text)
    # "eight A100 GPUs" accuses nobody
    before = text[: fault.start()] if fault else ""
    accused = [name for name in coined_names(before) if not calls_itself(name, source, reading)]
    if _OTHERS.search(before or text[:_SUBJECT]) or (accused and not named and not _OURS.search(text)):
        return False
    if kind != "limits":
        return True
    blamed = _OF_SOMETHING.search(text)
    whose = coined_names(text[blamed.end() :]) if blamed else ()
    if _CURES.search(text) or (whose and not any(calls_itself(name, source, reading) for name in whose)):
        return False
    return named or bool(_OURS.search(text)) or _after_its_method(position, reading)


def _after_its_method(position: int, reading: Reading) -> bool:
    """Whether the paper has been named or presented before the sentence."""
    here = reading.sentences[position]
    short = reading.sources[here.paper].short
    own = (reading.sentences[i] for i in reading.of(here.paper))
    return any(
        sentence.place < here.place and (presents(sentence.text) or mentions(short, sentence.text)) for sentence in own
    )
