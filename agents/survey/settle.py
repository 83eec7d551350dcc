"""What becomes of the claims of a finished text that nothing bears out: cited, removed or marked."""

import re
from collections.abc import Callable, Sequence

from agents.survey.ledger import Action, Claim, Entry, claims_in
from agents.survey.state import Unsupported, Written
from agents.verify import lines_of, sentences_of
from tools.llm.extractive.judge_claims import SUPPORTED, support
from tools.types import Evidence

UNSUPPORTED = "[unsupported]"
UNCITED = "[citation needed]"
_BULLET = re.compile(r"^[\s\-*•]*")
_CJK_END = re.compile(r"[。！？」』）]$")
_STOP = re.compile(r"\s*([.!?。！？]*)$")


def settled(text: Written, policy: Unsupported) -> Written:
    """The text without claims that nothing bears out, or with a mark behind them; its entries say what was done.

    An uncited claim that a passage cited beside it says is given that citation instead.
    """
    by_sentence = {claim.sentence: claim for claim in claims_in(text.text, text.evidence)}
    entries = {entry.text: entry for entry in text.entries}
    changed: dict[str, str] = {}
    actions: dict[str, tuple[Action, str]] = {}
    for sentence, claim in by_sentence.items():
        entry = entries.get(claim.text)
        if entry is None or entry.verdict in ("supported", "partly"):
            if claim.unknown and claim.labels:
                changed[sentence] = _without_unknown(sentence, claim)
                actions[claim.text] = ("revised", "the citation that does not exist was taken out")
            continue
        if entry.verdict == "uncited" and (label := _source_of(claim, text.evidence)):
            changed[sentence] = _ending(sentence, f"[{label}]")
            actions[claim.text] = ("revised", f"the passage that says it was cited: [{label}]")
        elif policy == "remove":
            changed[sentence] = ""
            actions[claim.text] = ("removed", "")
        else:
            changed[sentence] = _ending(sentence, UNCITED if entry.verdict == "uncited" else UNSUPPORTED)
            actions[claim.text] = ("marked", "")
    kept = tuple(_told(entry, actions.get(entry.text), text) for entry in text.entries)
    return text.model_copy(update={"text": rewritten(text.text, lambda s: changed.get(s, s)), "entries": kept})


def rewritten(text: str, change: Callable[[str], str]) -> str:
    """The text with its sentences changed; a line that nothing is left of is dropped, others stay as they are."""
    lines = []
    for line, may_assert in lines_of(text):
        old = sentences_of(line) if may_assert else []
        new = [change(sentence) for sentence in old]
        if new == old:
            lines.append(line)
        elif any(new):
            bullet = _BULLET.match(line)
            lines.append((bullet[0] if bullet else "") + _joined([sentence for sentence in new if sentence]))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _joined(sentences: Sequence[str]) -> str:
    text = ""
    for sentence in sentences:
        text += ("" if not text or _CJK_END.search(text) else " ") + sentence
    return text


def _told(entry: Entry, done: tuple[Action, str] | None, text: Written) -> Entry:
    if done is None:
        return entry
    action, why = done
    update: dict[str, object] = {"action": action, "why": "; ".join(filter(None, (entry.why, why)))}
    if action == "revised" and entry.verdict == "uncited":
        label = int(why.rpartition("[")[2].rstrip("]"))
        cited = next(item for item in text.evidence if item.label == label)
        update |= {"verdict": "supported", "judged": (*entry.judged, "scorer"), "cites": (cited.passage_id,)}
    return entry.model_copy(update=update)


def _without_unknown(sentence: str, claim: Claim) -> str:
    for mark in claim.unknown:
        sentence = sentence.replace(mark, "")
    return re.sub(r"\s+(?=[.,;:!?])", "", re.sub(r" {2,}", " ", sentence))


def _ending(sentence: str, mark: str) -> str:
    """The sentence with the mark before its stop."""
    stop = _STOP.search(sentence)
    assert stop is not None  # noqa: S101 - it matches everything
    return f"{sentence[: stop.start()]} {mark}{stop[1]}"


def _source_of(claim: Claim, evidence: Sequence[Evidence]) -> int | None:
    """The label of the passage that says the claim best, if one says it."""
    scores = [
        (support(claim.text, [item.text], f"{item.title} {item.heading}").score, -item.label) for item in evidence
    ]
    best, label = max(scores, default=(0.0, 0))
    return -label if best >= SUPPORTED + 0.2 else None
