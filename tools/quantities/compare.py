"""Whether the numbers of a text stand in its sources."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tools.quantities.read import Quantity, quantities, spelled
from tools.quantities.units import MYRIADS

_LARGE = 1e4
_OF_MANY_SIZES = frozenset(("", "model", "variant", "version", "モデル", "모델"))
_POWERS = (1e1, 1e2, 1e3, 1e4, 1e6)


@dataclass(frozen=True)
class Missing:
    """A number of a text that none of its sources has.

    `slip` is a number of the sources with the same digits and another power of ten, as 7억 is for 7 billion.
    """

    quantity: Quantity
    slip: Quantity | None = None

    def __str__(self) -> str:
        """What is wrong, for people."""
        if self.slip is None:
            return f"{self.quantity.text} stands in none of the sources"
        return (
            f"{self.quantity.text} is {self.quantity.value:,.10g}, "
            f"but the source says {self.slip.text}, which is {self.slip.value:,.10g}"
        )


def missing(text: str, sources: Iterable[str], *, small: bool = False) -> tuple[Missing, ...]:
    """The numbers of the text that stand in no source, in order. See `missing_among`."""
    return missing_among(text, known_in(sources), small=small)


def known_in(sources: Iterable[str]) -> tuple[Quantity, ...]:
    """The numbers of the sources, each once, for texts that are held against the same sources one after another."""
    found: dict[tuple[float, str, float, str], Quantity] = {}
    for source in sources:
        for one in (*quantities(source), *spelled(source)):
            found.setdefault((one.value, one.unit, one.half_digit, one.noun), one)
    return tuple(found.values())


def missing_among(text: str, known: Sequence[Quantity], *, small: bool = False) -> tuple[Missing, ...]:
    """The numbers of the text that are none of the known ones, in order.

    A number may be rounded from a more exact one, be written with another multiple ("7B", "70億") or unit, and a
    percentage may be a share in the source. With `small`, whole numbers below ten are looked for, too, also those
    that are written in words.
    """
    stated = quantities(text)
    if small:
        stated = tuple(sorted((*stated, *spelled(text)), key=lambda quantity: quantity.start))
    else:
        stated = tuple(quantity for quantity in stated if not quantity.small)
    return tuple(Missing(one, _slip(one, known)) for one in stated if not any(stands(one, other) for other in known))


def stands(stated: Quantity, source: Quantity) -> bool:
    """Whether the stated number is the source's, as exactly as it is stated."""
    return any(_close(stated, a, b, source) for a, b in _comparable(stated, source))


def _comparable(stated: Quantity, source: Quantity) -> list[tuple[float, float]]:
    """The values of both in the same measure; none where they measure different things."""
    if stated.unit == source.unit:
        return [(stated.value, source.value)]
    if stated.unit and source.unit:
        return []
    pairs = [(stated.bare, source.bare)]
    if stated.unit == "%" and 0 < source.bare < 1:
        pairs.append((stated.bare, source.bare * 100))
    if source.unit == "%" and 0 < stated.bare < 1:
        pairs.append((stated.bare * 100, source.bare))
    return pairs


def _close(stated: Quantity, value: float, wanted: float, source: Quantity) -> bool:
    off = abs(value - wanted)
    if off <= 1e-9 * max(1.0, abs(wanted)):
        return True
    factor = value / stated.value if stated.value else 1.0
    slack = abs(stated.half_digit * factor) * (1 + 1e-9)
    return _may_be_rounded(stated) and source.half_digit < stated.half_digit and off <= slack


def _may_be_rounded(quantity: Quantity) -> bool:
    """A bare whole number that nothing calls approximate is a count, and exact."""
    return quantity.approximate or quantity.unit not in {"", "year"} or quantity.half_digit != 0.5


def _slip(stated: Quantity, known: Sequence[Quantity]) -> Quantity | None:
    """A known number with the same digits that counts the same, or is written in myriads where the other is not.

    7B beside 70B are two models; 7억 beside 7 billion is one number that was carried over wrongly, and so are
    70 billion parameters beside 7 billion parameters.
    """
    if stated.unit == "year" or stated.value < _LARGE:
        return None
    others = (other for other in known if other.unit == stated.unit and other.value >= _LARGE)
    return next((other for other in others if _same_thing(stated, other) and _off(stated, other)), None)


def _same_thing(one: Quantity, other: Quantity) -> bool:
    return _in_myriads(one) != _in_myriads(other) or (one.noun == other.noun and one.noun not in _OF_MANY_SIZES)


def _off(one: Quantity, other: Quantity) -> bool:
    """Whether one is the other times a power of ten."""
    ratio = max(one.value, other.value) / min(one.value, other.value)
    return any(abs(ratio - power) <= 1e-9 * power for power in _POWERS)


def _in_myriads(quantity: Quantity) -> bool:
    return any(character in MYRIADS for character in quantity.text)
