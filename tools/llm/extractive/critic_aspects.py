"""What of a text classical methods can measure, and which of it matters for which kind of text."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from tools.llm.critic_tasks import BANDS, Criterion, TextKind

AspectName = Literal[
    "coverage", "support", "specificity", "organisation", "concision", "readability", "balance", "synthesis"
]


class Aspect(NamedTuple):
    """`good` is what earns the highest band."""

    name: str
    description: str
    good: str


ASPECTS: Mapping[AspectName, Aspect] = {
    "coverage": Aspect(
        "Takes up what was asked",
        "How much of what the request and the sources speak of the text takes up, by its terms and their meaning.",
        "every matter of the request and the main matters of the sources are taken up",
    ),
    "support": Aspect(
        "Rests on its sources",
        "How many of the sentences that assert something stand near a passage of the sources, or at least cite one.",
        "every assertion has a passage behind it",
    ),
    "specificity": Aspect(
        "Says something definite",
        "How many sentences name something: figures, methods, data, conditions. Praise and generalities name nothing.",
        "nearly every sentence names something that can be looked up",
    ),
    "organisation": Aspect(
        "Is in order",
        "Whether the parts have the size and the headings that a text of this length needs.",
        "parts of even size under headings, none too long to be read at once",
    ),
    "concision": Aspect(
        "Says it once",
        "How much of the text is new where it stands: repetitions and fillers count against it.",
        "no sentence could be left out",
    ),
    "readability": Aspect(
        "Is easy to follow",
        "Whether sentences have a length that can be followed, and abbreviations are spelled out once.",
        "sentences of moderate length, every abbreviation explained",
    ),
    "balance": Aspect(
        "Weighs for and against",
        "Whether limits, doubts and alternatives are told beside results.",
        "results and their limits are both told, with reasons",
    ),
    "synthesis": Aspect(
        "Relates works to one another",
        "Whether sentences set several works against one another instead of listing them one by one.",
        "agreements, contradictions and trends between works run through the text",
    ),
}

OF_KIND: Mapping[TextKind, tuple[AspectName, ...]] = {
    "summary": ("coverage", "support", "specificity", "concision", "readability"),
    "post": ("coverage", "support", "specificity", "concision", "readability"),
    "survey": ("coverage", "support", "synthesis", "organisation", "balance"),
    "answer": ("coverage", "support", "specificity", "concision", "balance"),
    "review": ("coverage", "support", "balance", "specificity", "organisation"),
    "translation": ("coverage", "support", "readability", "concision", "organisation"),
    "minutes": ("coverage", "specificity", "organisation", "concision", "balance"),
    "text": ("coverage", "specificity", "organisation", "concision", "readability"),
}
"""The five aspects that count for a kind of text."""

_SHARES = ("hardly at all", "in small part", "about half of the way", "mostly", "fully")


def criterion_of(name: AspectName) -> Criterion:
    """The criterion that the aspect is judged by."""
    aspect = ASPECTS[name]
    bands = tuple(f"{share}: {aspect.good}" for share in _SHARES)
    assert len(bands) == len(BANDS)  # noqa: S101
    return Criterion(name=aspect.name, description=aspect.description, bands=bands)
