"""What of the experts' claims is to be doubted, and what of a dispute the reader must see."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agents.notices import notice
from agents.panel.agree import Agreement, Dispute, Group
from agents.panel.backing import Backing
from agents.panel.claims import Assertion
from tools.llm.extractive.figures import figures
from tools.llm.extractive.senses import exchanged, names, sense
from tools.llm.extractive.sentences import plain, split
from tools.types import Evidence

Reason = Literal["citation", "number", "name", "opposite", "alone", "outvoted", "orders", "flood"]

_LEAST_READ = 0.35
_SHOWN = 220
_MOST_SHOWN = 3


@dataclass(frozen=True)
class Flag:
    """Why an assertion of an expert is doubted; `assertion` is None where it is the expert that is.

    `severe`: the passages themselves speak against it, or it is no claim at all; it should not reach the answer.
    """

    voice: int
    assertion: int | None
    reason: Reason
    why: str
    severe: bool = False


class Sources:
    """The passages, as what claims are held against."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self.by_label = {item.label: item for item in evidence}
        said = [(item.label, text) for item in evidence for text in (item.title, *split(plain(item.text))) if text]
        self._backing = Backing([Assertion(label, i, text, frozenset()) for i, (label, text) in enumerate(said)])
        self._numbers = {item.label: frozenset(figures(_whole(item))) for item in evidence}
        self._names = {item.label: frozenset(names(_whole(item))) for item in evidence}

    def reasons(self, claim: Assertion) -> Iterator[tuple[Reason, str, bool]]:
        """What in the passages that the claim cites speaks against it, and whether severely."""
        if unknown := sorted(claim.labels - self.by_label.keys()):
            yield "citation", f"cites passages that do not exist: {unknown}", True
        cited = claim.labels & self.by_label.keys()
        if not cited:
            return
        said = claim.sense
        held = frozenset().union(*(self._numbers[label] for label in cited))
        counted = frozenset().union(*(sense(_whole(self.by_label[label])).counted for label in cited))
        if absent := sorted(said.figures - held - counted):
            yield "number", f"its passages do not hold {', '.join(absent)}", True
        known = frozenset().union(*(self._names[label] for label in cited))
        text = " ".join(_whole(self.by_label[label]) for label in cited).lower()
        unheard = sorted(name for name in said.names - known if name not in text.replace("-", ""))
        if unheard and not any(part.denied for part in said.clauses):
            everywhere = frozenset().union(*self._names.values())
            yield "name", f"its passages do not name {', '.join(unheard)}", not set(unheard) <= everywhere
        backed = self._backing.behind(claim.text, lambda one: one.voice in cited)
        if backed.missing.startswith("the opposite"):
            yield "opposite", f"its passages say {backed.missing.removeprefix('the ')}", True
        elif any(exchanged(said, one.sense) for one in self._backing.assertions if one.voice in cited):
            yield "opposite", "its passages give these numbers to other things", True

    def speak_for(self, claim: Assertion) -> bool:
        """Whether the words of the claim are, for a good part, those of the passages it cites."""
        return self._backing.behind(claim.text, lambda one: one.voice in claim.labels).covered >= _LEAST_READ


def flag(agreement: Agreement, evidence: Sequence[Evidence]) -> tuple[Flag, ...]:
    """Every doubt about what the experts say, with its reason.

    A claim in another language than its passages can be held against them by its numbers and names only.
    """
    heard, sources = agreement.heard, Sources(evidence)
    flags = [Flag(voice, None, "orders", f"gives orders: {text[:_SHOWN]}", severe=True) for voice, text in heard.orders]
    flags += [Flag(voice, None, "flood", "says more than was read") for voice in heard.flooding]
    for place, claim in enumerate(heard.assertions):
        flags.extend(Flag(claim.voice, place, *reason) for reason in sources.reasons(claim))
    flags.extend(_alone(agreement, sources))
    bad = {one.assertion for one in flags if one.severe}
    flags.extend(_outvoted(agreement, bad))
    return tuple(flags)


def _alone(agreement: Agreement, sources: Sources) -> Iterator[Flag]:
    """Claims that nobody shares though others cite the same passages, unless the passages bear them out."""
    heard = agreement.heard
    borne_out = [bool(claim.labels) and sources.speak_for(claim) for claim in heard.assertions]
    for group in agreement.groups:
        if len(group.backers) > 1 or not group.labels:
            continue
        first = heard.assertions[group.members[0]]
        beside = [i for i, one in enumerate(heard.assertions) if one.labels & group.labels and one.voice != first.voice]
        others = {heard.assertions[i].voice for i in beside}
        # passages in another language bear out nobody's words
        if any(borne_out[i] for i in beside) and not sources.speak_for(first):
            why = f"{len(others)} others cite the same passages and do not say so"
            yield Flag(first.voice, group.members[0], "alone", why)


def _outvoted(agreement: Agreement, bad: set[int | None]) -> Iterator[Flag]:
    for dispute in agreement.disputes:
        for here, there in (dispute.groups, dispute.groups[::-1]):
            if weight_of(agreement.groups[here], bad) < weight_of(agreement.groups[there], bad):
                group, other = agreement.groups[here], agreement.groups[there]
                for member in group.members:
                    voice = agreement.heard.assertions[member].voice
                    yield Flag(voice, member, "outvoted", f"contradicts ({dispute.why}): {other.text[:_SHOWN]}")


def weight_of(group: Group, bad: set[int | None]) -> int:
    """How many experts stand behind the group; none where the passages speak against it."""
    return 0 if any(member in bad for member in group.members) else len(group.backers)


def suspicion(agreement: Agreement, flags: Sequence[Flag]) -> tuple[float, ...]:
    """For each expert the share of its claims that are severely doubted; 1 for one that gives orders."""
    heard = agreement.heard
    found = []
    for voice in range(len(heard.voices)):
        own = [one for one in flags if one.voice == voice and one.severe]
        doubted = {one.assertion for one in own}
        found.append(1.0 if None in doubted else len(doubted) / max(len(heard.of(voice)), 1))
    return tuple(found)


def substantial(agreement: Agreement, flags: Sequence[Flag]) -> tuple[Dispute, ...]:
    """The disputes that the reader must see: both sides stand, or the side that the passages refute is no smaller."""
    bad = {one.assertion for one in flags if one.severe}
    alone = {one.assertion for one in flags if one.reason == "alone"}
    return tuple(
        dispute
        for dispute in agreement.disputes
        if _stands(dispute, agreement, bad) and not _lone(dispute, agreement, alone)
    )


def _lone(dispute: Dispute, agreement: Agreement, alone: set[int | None]) -> bool:
    """Whether only one side is what nobody else reads in the passages, and fewer experts hold its position."""
    first, second = dispute.between
    if (first in alone) == (second in alone):
        return False
    losing, winning = (first, second) if first in alone else (second, first)
    held = [agreement.positions[agreement.heard.assertions[i].voice] for i in (losing, winning)]
    return agreement.positions.count(held[0]) < agreement.positions.count(held[1])


def _stands(dispute: Dispute, agreement: Agreement, bad: set[int | None]) -> bool:
    first, second = (agreement.groups[number] for number in dispute.groups)
    refuted = [any(member in bad for member in group.members) for group in (first, second)]
    if refuted[0] == refuted[1]:
        return True
    losing, winning = (first, second) if refuted[0] else (second, first)
    return len(losing.backers) >= len(winning.backers) and len(losing.backers) > 1


def dissent(
    agreement: Agreement, flags: Sequence[Flag], language: str, seen: Callable[[Dispute], bool] | None = None
) -> tuple[str, ...]:
    """A sentence for each dispute that must be seen and is not yet, the weightiest first, three at most.

    It cites evidence labels of both sides.
    """
    left = [one for one in substantial(agreement, flags) if not (seen and seen(one))]
    shown = sorted(left, key=lambda one: -_weight(one, agreement))[:_MOST_SHOWN]
    return tuple(_sentence(dispute, agreement, language) for dispute in shown)


def _weight(dispute: Dispute, agreement: Agreement) -> int:
    return min(len(agreement.groups[number].backers) for number in dispute.groups)


def _sentence(dispute: Dispute, agreement: Agreement, language: str) -> str:
    claims = sorted((agreement.heard.assertions[i] for i in dispute.between), key=lambda one: one.voice)
    first, second = (_shown(claim.text) for claim in claims)
    marks = ["".join(f"[{label}]" for label in sorted(claim.labels)) for claim in claims]
    spaced = [f" {mark}" if mark else "" for mark in marks]
    return notice("disputed", language, one=first, other=second, cites=spaced[0], others=spaced[1])


def _shown(text: str) -> str:
    text = text.rstrip(".。!?！？ ").replace("“", "").replace("”", "")
    return text if len(text) <= _SHOWN else text[:_SHOWN].rsplit(" ", 1)[0] + " …"


def _whole(item: Evidence) -> str:
    return f"{item.title} {item.published} {' '.join(item.authors)} {item.text}"
