"""Who holds what, as the aggregator is told: positions, what parts them, and the disputes that are left."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from agents.panel.agree import Agreement
from agents.panel.suspect import Flag, substantial

_WITHDRAWN = "(left out, as the passages speak against it)"


def disputed(
    agreement: Agreement, flags: Sequence[Flag], kept: Sequence[int], out: Collection[int], *, tied: bool
) -> tuple[str, ...]:
    """Lines on the experts `kept`, counted from 1 as in the prompt. Claims in `out` are not repeated."""
    place = {voice: number for number, voice in enumerate(kept, 1)}
    held = {position for voice, position in enumerate(agreement.positions) if position is not None and voice in place}
    lines = []
    if tied or len(held) > 1:
        for position in sorted(held):
            voices = [place[v] for v, own in enumerate(agreement.positions) if own == position and v in place]
            lines.append(f"Position {chr(65 + position)}: expert {', '.join(map(str, voices))}")
    shown = substantial(agreement, flags)
    for dispute in shown:
        sides = (agreement.groups[number] for number in dispute.groups)
        lines.append(" | ".join(f"expert {_listed(side.experts, place)}: {side.text}" for side in sides))
    if len(held) > 1 and not shown:
        lines.extend(_parting(agreement, out, place))
    return tuple(lines)


def _parting(agreement: Agreement, out: Collection[int], place: Mapping[int, int]) -> Iterator[str]:
    """What parts each further position from the first: claims that contradict, else what either opens with."""
    claims = agreement.heard.assertions
    seen = {0}
    for voice, position in enumerate(agreement.positions):
        if position is None or position in seen or voice not in place:
            continue
        seen.add(position)
        pairs = [sorted(dispute.between, key=lambda i: claims[i].voice == voice) for dispute in agreement.disputes]
        parting = [(i, j) for i, j in pairs if claims[j].voice == voice and agreement.positions[claims[i].voice] == 0]
        other = next((v for v in place if agreement.positions[v] == 0), None)
        if not parting and other is not None and agreement.heard.of(other) and agreement.heard.of(voice):
            parting = [(agreement.heard.of(other)[0], agreement.heard.of(voice)[0])]
        # what the experts lead with is what they answer
        best = min(parting, key=lambda pair: sum(claims[i].place for i in pair), default=())
        told = [
            f"expert {place[claims[i].voice]}: {_WITHDRAWN if i in out else claims[i].text}"
            for i in best
            if claims[i].voice in place
        ]
        if told:
            yield "Parted by: " + " | ".join(told)


def _listed(voices: Sequence[int], place: Mapping[int, int]) -> str:
    return ", ".join(str(place[voice]) for voice in voices if voice in place)
