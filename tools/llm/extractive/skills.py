"""Naming skills: those of the questions most like the request, else its own terms."""

import re
from collections import defaultdict
from itertools import groupby

from tools.llm.extractive.reading import ASKING_TERMS, Embed
from tools.llm.extractive.tokens import terms
from tools.llm.panel_tasks import NamedSkills, NameSkillsIn

NEAR = 0.45
"""From which similarity on a question tells anything about the skills of another."""

_MOST_NEIGHBOURS = 8
_MOST_SKILLS = 3
_SHARE_OF_BEST = 0.5
_LONGEST_TERM = 3
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*|[^\w\s]")


def name_skills(given: NameSkillsIn, embed: Embed) -> NamedSkills:
    """The skills that weigh most among the nearest questions; the request's terms where none is near."""
    del embed  # who found the nearest questions has compared them already
    votes: dict[str, float] = defaultdict(float)
    for near in [item for item in given.nearest if item.similarity >= NEAR][:_MOST_NEIGHBOURS]:
        for place, skill in enumerate(near.skills):
            votes[skill] += near.similarity / (1 + place)
    if not votes:
        return NamedSkills(skills=_own_terms(given.question))
    best = max(votes.values())
    chosen = [skill for skill, weight in votes.items() if weight >= _SHARE_OF_BEST * best]
    return NamedSkills(skills=tuple(sorted(chosen, key=lambda skill: -votes[skill])[:_MOST_SKILLS]))


def _own_terms(question: str) -> tuple[str, ...]:
    """Runs of words that mean something, the longest first, in the order of the request where equal."""
    runs = groupby(_WORD.findall(question), key=lambda word: bool(set(terms(word)) - set(ASKING_TERMS)))
    found = [" ".join(list(words)[:_LONGEST_TERM]) for telling, words in runs if telling]
    return tuple(sorted(dict.fromkeys(found), key=lambda term: -len(term.split()))[:_MOST_SKILLS])
