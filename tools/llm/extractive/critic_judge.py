"""Judging a text by measuring it: no opinion, only what can be counted."""

from tools.llm.critic_tasks import (
    CompareTextsIn,
    Criterion,
    CriterionScore,
    JudgeIn,
    Judgement,
    JudgeRemark,
    Preference,
)
from tools.llm.extractive.critic_aspects import ASPECTS, AspectName
from tools.llm.extractive.critic_measures import Measuring, aspects_of, measure
from tools.llm.extractive.reading import Embed
from tools.llm.extractive.tokens import words

_HIGHEST = 9.0
"""What can be measured does not show that nothing is missing, which the highest band says."""
_LEAST_DIFFERENCE = 0.4
_MATTERS: tuple[AspectName, ...] = ("coverage", "specificity")
_MANNERS: frozenset[AspectName] = frozenset({"organisation", "concision", "readability"})
"""How a text says something counts as far as it says something: praise that fits everything is short and clear."""

_FAR, _LONG = 0.3, 60
_MOST_REMARKS = 5


def critic_judge(given: JudgeIn, embed: Embed) -> Judgement:
    """A score for each criterion from what it can be measured by, and the sentences that measure worst."""
    measuring = Measuring(given, embed)
    substance = min(1.0, 2 * max(measure(aspect, measuring)[0] for aspect in _MATTERS))
    scores = []
    for criterion, aspect in zip(given.criteria, _aspects(given.criteria, embed), strict=True):
        share, counted = measure(aspect, measuring)
        if aspect in _MANNERS or (aspect == "support" and not measuring.passages):
            share *= substance
        score = round(1 + (_HIGHEST - 1) * share, 1)
        how = "" if criterion.name == ASPECTS[aspect].name else f' as "{ASPECTS[aspect].name}"'
        scores.append(CriterionScore(criterion=criterion.name, reason=f"Measured{how}: {counted}.", score=score))
    return Judgement(scores=tuple(scores), remarks=tuple(_remarks(measuring)))


def critic_compare(given: CompareTextsIn, embed: Embed) -> Preference:
    """The text that measures better; a tie where the difference is small. The order of the texts makes none."""
    first, second = (_mean(given, text, embed) for text in (given.first, given.second))
    reason = f"Measured over all criteria: {first:.1f} for the first, {second:.1f} for the second."
    if abs(first - second) < _LEAST_DIFFERENCE:
        return Preference(better="tie", reason=reason)
    return Preference(better="first" if first > second else "second", reason=reason)


def _mean(given: CompareTextsIn, text: str, embed: Embed) -> float:
    alone = JudgeIn(
        request=given.request, criteria=given.criteria, steps=given.steps, evidence=given.evidence, text=text
    )
    scores = critic_judge(alone, embed).scores
    return sum(one.score for one in scores) / len(scores)


def _aspects(criteria: tuple[Criterion, ...], embed: Embed) -> list[AspectName]:
    """What each criterion can be measured by: the aspect of its name, else the one with the nearest description."""
    by_name: dict[str, AspectName] = {aspect.name: name for name, aspect in ASPECTS.items()}
    if all(criterion.name in by_name for criterion in criteria):
        return [by_name[criterion.name] for criterion in criteria]
    names: list[AspectName] = list(ASPECTS)
    known = [f"{ASPECTS[name].name}. {ASPECTS[name].description}" for name in names]
    asked = [f"{criterion.name}. {criterion.description}" for criterion in criteria]
    return [names[place] for place in aspects_of(asked, known, embed)]


def _remarks(measuring: Measuring) -> list[JudgeRemark]:
    """The sentences furthest from all sources, and those that are too long to follow."""
    found = []
    if measuring.passages and not measuring.crosses:
        far = sorted(zip(measuring.near_sources(), measuring.said, strict=True))
        for _, sentence in [pair for pair in far if pair[0] < _FAR][:_MOST_REMARKS]:
            wrong = "Nothing in the sources is near this sentence."
            fix = "Find the passage that says it, or take it out."
            found.append(JudgeRemark(quote=sentence, severity="minor", wrong=wrong, fix=fix))
    for sentence in [one for one in measuring.raw if words(one) > _LONG][:_MOST_REMARKS]:
        wrong = f"This sentence has {words(sentence)} words."
        found.append(JudgeRemark(quote=sentence.strip(), severity="minor", wrong=wrong, fix="Cut it in two."))
    return found[:_MOST_REMARKS]
