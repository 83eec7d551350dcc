"""Where labels go beside the points of a plot so that none lies on another, on a point or on a leader line."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Point = tuple[float, float]
Line = tuple[Point, Point]

_DIRECTIONS = [(math.cos(turn * math.pi / 12), math.sin(turn * math.pi / 12)) for turn in range(24)]
_GAP, _STEP, _RINGS = 3.0, 6.0, 60
_NEAR = 8.0
"""A label nearer than this to the point's mark needs no leader line."""


class Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: "Box") -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.bottom < other.top and other.bottom < self.top

    def inside(self, frame: "Box") -> bool:
        return (
            frame.left <= self.left
            and self.right <= frame.right
            and frame.bottom <= self.bottom
            and self.top <= frame.top
        )

    def nearest(self, point: Point) -> Point:
        """The point of the box that is nearest to this one."""
        return min(max(point[0], self.left), self.right), min(max(point[1], self.bottom), self.top)


@dataclass(frozen=True)
class Label:
    """A label's box, and the line that leads from the point to it; None where it stands beside it."""

    box: Box
    leader: Line | None = None


def place_labels(
    points: Sequence[Point], sizes: Sequence[Point], frame: Box, radius: float, lines: Sequence[Line] = ()
) -> list[Label]:
    """A place for each label, all in the units of the points; earlier ones get the nearer places.

    `sizes` are widths and heights, `radius` is that of a point's mark. No label lies on another or on a mark, as
    long as the frame has room; while there is room for that, too, none is crossed by a leader line or by `lines`.
    """
    marks = [Box(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    placed: list[Label] = []
    for at, (point, size) in enumerate(zip(points, sizes, strict=True)):
        # A leader line may start in the marks that lie on its own.
        apart = [mark for mark in marks if not mark.meets(marks[at])]
        possible = (
            found
            for found in _candidates(point, size, radius)
            if found.box.inside(frame) and not any(found.box.meets(mark) for mark in marks)
        )
        placed.append(_best(possible, apart, placed, lines) or Label(_box(point, size)))
    return placed


def _best(
    possible: Iterator[Label], apart: Sequence[Box], placed: Sequence[Label], lines: Sequence[Line]
) -> Label | None:
    """The first of the possible places that nothing crosses; else the first that leader lines do not; else one
    that lies on no other label."""
    second: Label | None = None
    third: Label | None = None
    for found in possible:
        if any(found.box.meets(other.box) for other in placed):
            continue
        third = third or found
        if any(_crosses(found.leader, mark) for mark in apart) or any(_tangled(found, other) for other in placed):
            continue
        second = second or found
        if not any(_crosses(line, found.box) for line in lines):
            return found
    return second or third


def _candidates(point: Point, size: Point, radius: float) -> Iterator[Label]:
    """Places around the point, the nearest first; to the right of it before others that are as near."""
    for ring in range(_RINGS):
        distance = radius + _GAP + ring * _STEP
        for dx, dy in _DIRECTIONS:
            middle = (point[0] + dx * (distance + size[0] / 2), point[1] + dy * (distance + size[1] / 2))
            box = _box(middle, size)
            end = box.nearest(point)
            yield Label(box, None if math.dist(point, end) <= radius + _NEAR else (point, end))


def _tangled(one: Label, other: Label) -> bool:
    """Whether the leader line of one of them runs into the other."""
    crossed = _crosses(other.leader, one.box) or _crosses(one.leader, other.box)
    return crossed or _cut(one.leader, other.leader)


def _box(middle: Point, size: Point) -> Box:
    width, height = size
    x, y = middle
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _crosses(line: Line | None, box: Box) -> bool:
    """Whether a line runs through a box. Source: Liang and Barsky, ACM Transactions on Graphics 3, 1984."""
    if line is None:
        return False
    (x0, y0), (x1, y1) = line
    enter, leave = 0.0, 1.0
    for start, end, low, high in ((x0, x1, box.left, box.right), (y0, y1, box.bottom, box.top)):
        if start == end:
            if not low < start < high:
                return False
            continue
        first, last = sorted(((low - start) / (end - start), (high - start) / (end - start)))
        enter, leave = max(enter, first), min(leave, last)
    return enter < leave


def _cut(one: Line | None, other: Line | None) -> bool:
    """Whether two lines cut each other."""
    if one is None or other is None:
        return False
    (a, b), (c, d) = one, other
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
