"""Where labels go beside the points of a plot so that none lies on another, on a point or on a leader line."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Point = tuple[float, float]

_DIRECTIONS = [(math.cos(turn * math.pi / 12), math.sin(turn * math.pi / 12)) for turn in range(24)]
_FIRST, _STEP, _RINGS = 5.0, 7.0, 60
NEAR = 9.0
"""A label nearer than this to its point needs no leader line."""


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
    """A label's box, and the line that leads from the point to it: empty where it stands beside it."""

    box: Box
    leader: tuple[Point, ...] = ()


def place_labels(points: Sequence[Point], sizes: Sequence[Point], frame: Box, radius: float) -> list[Label]:
    """A place for each label, all in the units of the points; earlier ones get the nearer places.

    `sizes` are widths and heights, `radius` that of a point's mark. Where there is no free place left in the frame
    a label is put at its point all the same.
    """
    marks = [Box(x - radius, y - radius, x + radius, y + radius) for x, y in points]
    placed: list[Label] = []
    for point, size in zip(points, sizes, strict=True):
        tries = (found for found in _candidates(point, size) if found.box.inside(frame))
        free = (found for found in tries if _is_free(found, marks, placed, point))
        placed.append(next(free, Label(_box(point, size))))
    return placed


def _candidates(point: Point, size: Point) -> Iterator[Label]:
    """Places around the point, the nearest first; to the right of it before others that are as near."""
    for ring in range(_RINGS):
        distance = _FIRST + ring * _STEP
        for dx, dy in _DIRECTIONS:
            middle = (point[0] + dx * (distance + size[0] / 2), point[1] + dy * (distance + size[1] / 2))
            box = _box(middle, size)
            end = box.nearest(point)
            yield Label(box, () if math.dist(point, end) <= NEAR else (point, end))


def _is_free(found: Label, marks: Sequence[Box], placed: Sequence[Label], point: Point) -> bool:
    own = (point, point)
    return (
        not any(found.box.meets(mark) for mark in marks)
        and not any(found.box.meets(other.box) or _crosses(other.leader, found.box) for other in placed)
        and not any(_crosses(found.leader, other.box) for other in placed)
        and not any(_cut(found.leader or own, other.leader) for other in placed if other.leader)
    )


def _box(middle: Point, size: Point) -> Box:
    width, height = size
    x, y = middle
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def _crosses(line: tuple[Point, ...], box: Box) -> bool:
    """Whether a line runs into a box."""
    if not line:
        return False
    (x0, y0), (x1, y1) = line
    steps = max(2, int(math.dist(*line) / 2))
    shares = (step / steps for step in range(steps + 1))
    return any(box.left < x0 + t * (x1 - x0) < box.right and box.bottom < y0 + t * (y1 - y0) < box.top for t in shares)


def _cut(one: tuple[Point, ...], other: tuple[Point, ...]) -> bool:
    """Whether two lines cut each other."""
    a, b = one
    c, d = other
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
