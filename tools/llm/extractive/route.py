"""Routing by rules: what a request asks for, about what, in which language."""

import re
from collections.abc import Sequence

from tools.language import FUNCTION_WORDS
from tools.llm.extractive.activities import matters, wanted_activities
from tools.llm.extractive.followup import completed
from tools.llm.extractive.glossary import in_english, latin_terms
from tools.llm.extractive.language import language_of
from tools.llm.extractive.reading import Embed
from tools.llm.extractive.small_talk import is_small_talk
from tools.llm.extractive.stopwords import ACADEMIC, ENGLISH
from tools.llm.extractive.subjects import compared_subjects
from tools.llm.extractive.tokens import CJK, cjk_share
from tools.llm.tasks import Route, RouteIn

_LONGEST_QUESTION = 20_000
_MOST_SKILLS = 4
_FOREIGN = 0.1
_LONGEST_SKILL = 4
_ASKING = frozenset(
    """compare comparison contrast summarise summarize summary overview critique criticise criticize review assess
    explain describe outline answer weak weaker weakest weakness weaknesses strengths difference differences differ
    better worse main mean means work works happen happens called sentence sentences word words detail brief briefly
    write draft section sections question questions help versus list paper papers article articles references deal
    terms table contents find recommend suggest limits limitation limitations tl dr tldr critically pros cons similar
    gist fasse zusammen bitte comparez résumez faster cheaper stronger slower""".split()
)
_WORDS = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:[-'’][^\W_{CJK}]+)*|[^\s\w]")
_CJK_COMMAND = re.compile(
    r"要約|比較|批評|論文|文献|限界|弱点|説明|検索|紹介|总结(?:一下)?|比较|对比|论文|局限|(?:비교|요약|정리|설명|비평)\S*|주세요|논문\S*|한계\S*"
)
_CJK_NOUN = re.compile(r"[\u4e00-\u9fff\u30a0-\u30ffー]{2,}|[가-힣]{2,}")


def route(given: RouteIn, embed: Embed) -> Route:
    """What the newest message needs."""
    del embed
    question = " ".join(given.question[:_LONGEST_QUESTION].split())
    language = language_of(question)
    if is_small_talk(question) or not any(character.isalnum() for character in question):
        return Route(activities=("answer",), needs_evidence=False, standalone=question, language=language)
    standalone, carried = completed(question, given.history)
    activities = wanted_activities(question)
    subjects = compared_subjects(standalone) if "compare" in activities else ()
    return Route(
        activities=activities,
        standalone=standalone,
        queries=(*subjects, *carried, *_matters(standalone)),
        subjects=subjects,
        skills=key_phrases(standalone, language),
        language=language,
    )


def _matters(question: str) -> tuple[str, ...]:
    """What each part of the request is about: "summarise A and list papers on B" has two parts.

    Before a question in another script, its names and terms in English.
    """
    about = matters(question)
    english = in_english(question) if cjk_share(question) > _FOREIGN else ""
    # the names as they stand find what the terms around them would outweigh
    latin = latin_terms(question) if english else ""
    return tuple(dict.fromkeys(filter(None, (english, latin, *about))))


def key_phrases(text: str, language: str = "en") -> tuple[str, ...]:
    """Up to four runs of content words, the longest first, in lower case.

    Source: Rose et al., Automatic keyword extraction from individual documents, 2010.
    """
    skipped = ENGLISH | _ASKING | FUNCTION_WORDS.get(language, frozenset())
    phrases: list[str] = []
    run: list[str] = []
    for word in (*_WORDS.findall(text), "."):
        low = word.lower()
        if re.match(rf"[{CJK}]", word):
            phrases.extend(_CJK_NOUN.findall(word))
        low = re.sub(r"['’]s?$", "", low) or low
        if low == "of" and run and len(run) < _LONGEST_SKILL:
            run.append(low)
            continue
        carries = low[0].isalnum() and low not in skipped and not re.match(rf"[{CJK}]", low)
        if carries and len(run) < _LONGEST_SKILL:
            run.append(low)
            continue
        phrases.append(" ".join(run))
        run = [low] if carries else []
    return _best(phrases)


def _best(phrases: Sequence[str]) -> tuple[str, ...]:
    plain = (re.sub(r"^(?:survey|review|structure) of |(?: of)+$", "", phrase) for phrase in phrases)
    good = [
        phrase
        for phrase in dict.fromkeys(plain)
        if len(phrase) > 1 and not set(phrase.split()) <= ACADEMIC and not _CJK_COMMAND.fullmatch(phrase)
    ]
    ranked = sorted(good, key=lambda phrase: -len(phrase.split()))
    return tuple(ranked[:_MOST_SKILLS])
