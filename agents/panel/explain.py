"""Why a panel answered as it did: for the trace, and in words for `--why`."""

from collections.abc import Mapping, Sequence

from agents.experts import Convening, Said
from agents.panel.seam import Candidate, SkillWeight, Strategy, Verdict
from tools.types import Activity, Value


class Heard(Value):
    """One expert that was asked. Those of one `position` agree; it is None for who gave no answer.

    `weight` is what its word counted; `dropped` is why it counted nothing, `fault` what went wrong with it.
    """

    expert: str
    position: int | None = None
    weight: float = 0.0
    dropped: str = ""
    fault: str = ""
    tokens: int = 0
    seconds: float = 0.0


class PanelTrace(Value):
    """What decided who was asked for one activity, and whom the panel believed.

    `confidence` is by position: how probable it is that the position is right, as far as the profile can tell.
    `merges` is the model that merges best by its test, empty for the weighted vote, None where nothing was tested.
    """

    activity: Activity
    strategy: Strategy
    why: str
    skills: tuple[SkillWeight, ...]
    candidates: tuple[Candidate, ...]
    explored: str = ""
    heard: tuple[Heard, ...]
    best: int | None = None
    confidence: tuple[float, ...] = ()
    dissent: tuple[int, ...] = ()
    tied: bool = False
    decision: str = ""
    merges: str | None = None
    merges_why: str = ""


def explained(
    convening: Convening, verdict: Verdict | None, said: Sequence[Said], positions: Mapping[str, int | None]
) -> PanelTrace:
    """The record of one activity's panel. `positions` are those of the experts who gave an answer."""
    convened = convening.convened
    dropped = {item.expert: item.why for item in verdict.dropped} if verdict else {}
    heard = tuple(
        Heard(
            expert=item.expert.name,
            position=positions.get(item.seat),
            weight=verdict.weights.get(item.seat, 0.0) if verdict else 0.0,
            dropped=dropped.get(item.seat, ""),
            fault=item.fault,
            tokens=item.usage.total_tokens,
            seconds=item.seconds,
        )
        for item in said
        if item.expert.activity == convening.activity
    )
    return PanelTrace(
        activity=convening.activity,
        strategy=convened.strategy,
        why=convened.why,
        skills=convening.need.skills,
        candidates=convened.candidates,
        explored=convened.explored,
        heard=heard,
        best=verdict.best if verdict else None,
        confidence=verdict.confidence if verdict else (),
        dissent=verdict.dissent if verdict else (),
        tied=verdict.tied if verdict else False,
        decision=verdict.why if verdict else "",
        merges=convening.merges,
        merges_why=convening.merges_why,
    )
