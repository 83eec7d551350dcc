"""Merging what experts said: what the aggregator is given, and the check that it added nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agents.cite import cited_labels
from agents.panel.agree import Agreement, Dispute
from agents.panel.answers import final_answer
from agents.panel.backing import Backed, Backing
from agents.panel.claims import bare, gives_orders
from agents.panel.positions import disputed
from agents.panel.sieve import sifted
from agents.panel.suspect import Flag
from tools.llm.extractive.figures import figures
from tools.llm.extractive.senses import names
from tools.llm.extractive.tokens import words
from tools.llm.tasks import Contribution

Outcome = Literal["kept", "recited", "cut", "replaced", "removed"]

_LEAST_WORDS, _LEAD_IN_WORDS = 4, 14
_REPLACED_FROM = 0.4
_MARK = re.compile(r"\s?[\[【][^\]】\n]{1,60}[\]】]")
_JOINT = re.compile(r"[,;；]?\s+(?:but|whereas|while|although|though|because|and)\b|[,;；](?=\s)")
_LEANS = re.compile(
    r"(?:It|Its|They|Their|This|These|That|Those|He|She|Both|Such|Here|Also|And|But|その|それ|これ|この|이는|그|这|它|其)"
)
_UNSPACED = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
_STOP = re.compile(r"\s*([.!?。！？:：]?[\"'”’)*_]*)$")


@dataclass(frozen=True)
class Prepared:
    """What the aggregator is given. `disputed` tells it who holds what; `dropped` is for the trace, with reasons."""

    contributions: tuple[Contribution, ...]
    disputed: tuple[str, ...]
    dropped: tuple[str, ...]


@dataclass(frozen=True)
class Checked:
    """A sentence of the merged text: what became of it, who stands behind it, and why it was touched."""

    text: str
    outcome: Outcome
    experts: tuple[str, ...] = ()
    why: str = ""


def refuted(agreement: Agreement, flags: Sequence[Flag]) -> frozenset[int]:
    """The assertions that may not reach the answer: severely doubted ones that a single expert makes or others deny."""
    denied = {number for dispute in agreement.disputes for number in dispute.groups}
    found = set()
    for one in flags:
        if one.severe and one.assertion is not None:
            number = agreement.group_of(one.assertion)
            if number in denied or len(agreement.groups[number].backers) == 1:
                found.add(one.assertion)
    return frozenset(found)


def prepared(agreement: Agreement, flags: Sequence[Flag], *, tied: bool = False) -> Prepared:
    """The contributions without orders and refuted claims; the positions where they are tied or in dispute."""
    heard, out = agreement.heard, refuted(agreement, flags)
    dropped: list[str] = []
    texts = []
    for voice, spoken in enumerate(heard.voices):
        bad = {heard.assertions[i].text: _why(i, flags) for i in out if heard.assertions[i].voice == voice}

        def judge(sentence: str, said: str, bad: dict[str, str] = bad, expert: str = spoken.expert) -> str | None:
            claim = said or bare(sentence)
            why = "gives orders" if gives_orders(claim) else bad.get(claim, "")
            if why:
                dropped.append(f"{expert}: {claim} ({why})")
            return None if why else sentence

        texts.append(sifted(spoken.text, judge))
    contributions = tuple(
        Contribution(agent=agent, model=model, text=text)
        for spoken, text in zip(heard.voices, texts, strict=True)
        for agent, _, model in [spoken.expert.partition("@")]
        if text
    )
    kept = [voice for voice, text in enumerate(texts) if text]
    return Prepared(contributions, disputed(agreement, flags, kept, out, tied=tied), tuple(dropped))


def _why(assertion: int, flags: Sequence[Flag]) -> str:
    return "; ".join(one.why for one in flags if one.assertion == assertion and one.severe)


class Check:
    """Judges the sentences of a merged text: each must be what some expert said, cited as the experts cited it.

    Use `judge` in a Sieve. `report` tells of every sentence that has come so far.
    """

    def __init__(self, agreement: Agreement, flags: Sequence[Flag] = ()) -> None:
        out = refuted(agreement, flags)
        self._agreement = agreement
        self._places = [i for i in range(len(agreement.heard.assertions)) if i not in out]
        self._backing = Backing([agreement.heard.assertions[i] for i in self._places])
        self._used: set[int] = set()
        self._answers = {answer for answer in agreement.answers if answer}
        self.report: list[Checked] = []

    def judge(self, sentence: str, said: str = "") -> str | None:
        """The sentence with its citations set right; an expert's own words for it; None where nobody said it."""
        claim = said or bare(sentence)
        if gives_orders(claim):
            return self._left_out(claim, "gives orders")
        if not said and self._says_nothing(claim):
            return sentence
        backed = self._backing.behind(claim)
        if backed.whole:
            return self._kept(sentence, claim, backed)
        if not said and (part := self._backed_part(sentence)):
            return self._kept(part[0], bare(part[0]), part[1], cut=backed.missing)
        own = None if said else self._own_words(backed)
        if own is None:
            return self._left_out(claim, backed.missing)
        self._used.add(own)
        assertion = self._backing.assertions[own]
        self.report.append(Checked(claim, "replaced", self.experts(assertion.text), backed.missing))
        return _cited(assertion.text, sorted(assertion.labels))

    def experts(self, claim: str) -> tuple[str, ...]:
        """Who stands behind a claim of the merged text, as "agent@model"; nobody where it is not theirs."""
        backed = self._backing.behind(claim)
        if not backed.whole:
            return ()
        voices = {self._backing.assertions[row].voice for row in backed.by}
        first = self._agreement.groups[self._agreement.group_of(self._places[backed.by[0]])]
        voices.update(first.backers if len(backed.by) == 1 else ())
        return tuple(self._agreement.heard.voices[voice].expert for voice in sorted(voices))

    def shows(self, dispute: Dispute) -> bool:
        """Whether both sides of it are in the text so far."""
        said = {self._agreement.group_of(self._places[row]) for row in self._used}
        return set(dispute.groups) <= said

    def _backed_part(self, sentence: str) -> tuple[str, Backed] | None:
        """The longest beginning of the sentence, up to a comma or conjunction, that somebody said, with its backing."""
        for joint in reversed(list(_JOINT.finditer(sentence))):
            part = _MARK.sub("", sentence[: joint.start()]).rstrip()
            if words(part) >= _LEAST_WORDS and (backed := self._backing.behind(bare(part))).whole:
                return _cited(f"{part}.", cited_labels(sentence)), backed
        return None

    def _kept(self, sentence: str, claim: str, backed: Backed, cut: str = "") -> str:
        self._used.update(backed.by)
        allowed = frozenset().union(*(self._labels(row) for row in backed.by))
        marks = cited_labels(sentence)
        good = [label for label in marks if label in allowed]
        wrong = [label for label in marks if label not in allowed]
        if wrong or not marks:
            good = good or sorted(self._backing.assertions[backed.by[0]].labels)
        recited = list(marks) != good
        why = f"cites {wrong} for it, as no expert did" if wrong else "cited as the experts did" if recited else ""
        outcome: Outcome = "cut" if cut else "recited" if recited else "kept"
        self.report.append(Checked(claim, outcome, self.experts(claim), "; ".join(filter(None, (cut, why)))))
        if not wrong:
            return _cited(sentence, good) if recited else sentence
        return _without(sentence, wrong) if set(good) <= set(marks) else _cited(sentence, good)

    def _labels(self, row: int) -> frozenset[int]:
        """The passages that experts cite for a claim; where it stands uncited, those of the sentences around it."""
        place = self._places[row]
        group = self._agreement.groups[self._agreement.group_of(place)]
        if own := self._backing.assertions[row].labels:
            return own | group.labels
        all_of = self._agreement.heard.assertions
        voice = all_of[place].voice
        around = (all_of[i] for i in (place - 1, place + 1) if 0 <= i < len(all_of) and all_of[i].voice == voice)
        return group.labels.union(*(one.labels for one in around))

    def _own_words(self, backed: Backed) -> int | None:
        """The assertion that comes nearest, unless its words have been used already or it needs its context."""
        if backed.covered < _REPLACED_FROM or not backed.by:
            return None
        best = backed.by[0]
        text = self._backing.assertions[best].text
        return None if best in self._used or ":" in text or _LEANS.match(text) else best

    def _says_nothing(self, claim: str) -> bool:
        """Whether it is a lead-in or a fragment; a bare "Yes." says something."""
        answer = final_answer(claim, "Is it?")
        if answer and self._answers and answer not in self._answers:
            return False
        short = words(claim) < _LEAST_WORDS or (claim.endswith((":", "：")) and words(claim) <= _LEAD_IN_WORDS)
        return not claim or (short and not figures(claim) and not any(names(claim)))

    def _left_out(self, claim: str, why: str) -> str | None:
        self.report.append(Checked(claim, "removed", (), why))
        return None


def check_merged(text: str, agreement: Agreement, flags: Sequence[Flag] = ()) -> tuple[str, tuple[Checked, ...]]:
    """The merged text less what no expert said, and what became of each of its sentences."""
    check = Check(agreement, flags)
    return sifted(text, check.judge), tuple(check.report)


def _without(sentence: str, wrong: Sequence[int]) -> str:
    """The sentence without its citations of these."""

    def kept(mark: re.Match[str]) -> str:
        labels = cited_labels(mark[0])
        good = [label for label in labels if label not in wrong]
        if not labels or len(good) == len(labels):
            return mark[0]
        space = " " if good and mark[0].startswith(" ") else ""
        return space + "".join(f"[{label}]" for label in good)

    return _MARK.sub(kept, sentence)


def _cited(sentence: str, labels: Sequence[int]) -> str:
    """The sentence with these citations before its stop, and no others."""
    text = _MARK.sub(lambda mark: "" if cited_labels(mark[0]) else mark[0], sentence).rstrip()
    stop = _STOP.search(text)
    at = stop.start() if stop else len(text)
    # Japanese and Chinese set marks without a space
    space = "" if not labels or _UNSPACED.match(text[:at][-1:]) else " "
    return f"{text[:at]}{space}{''.join(f'[{label}]' for label in labels)}{text[at:].lstrip()}"
