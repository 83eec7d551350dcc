"""Every value of a TOML file is found on the line it was written on, however it was written."""

import tomllib
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.toml_lines import Place, lines_of, nearest_line


def places(value: object, place: Place = ()) -> set[Place]:
    """The ways to everything inside what tomllib read."""
    if isinstance(value, dict):
        inside = [places(child, (*place, key)) for key, child in value.items()]
    elif isinstance(value, list):
        inside = [places(child, (*place, index)) for index, child in enumerate(value)]
    else:
        inside = []
    return {place}.union(*inside) if place else set().union(*inside)


@dataclass
class Written:
    """TOML as it is being written, with the line each value was put on."""

    text: str = ""
    lines: dict[Place, int] = field(default_factory=dict)

    def put(self, text: str) -> None:
        self.text += text

    def note(self, *place: str | int) -> None:
        self.lines.setdefault(place, self.text.count("\n") + 1)


KEYS = st.sampled_from(["a", "b-1", "_c", "d e", 'f"g', "h.i", "j#", "[k]", "über", "m\\n"])
SCALARS = st.sampled_from(
    [
        "-3", "1_000", "6.5e3", "nan", "true", "1979-05-27 07:32:00", "07:32:00", '"text"', "'it [is] # a = {'",
        '"esc \\" ] # \\\\"', '"""one\n[two]\nthree = 3 "" """', "'''\n# no\n''x'''", '"""quoted "four""""', '""', "''",
    ]
)  # fmt: skip
BLANKS = st.sampled_from(["", " ", "\n", "# ] } comment\n", "\n\n  # = [x]\n"])


@st.composite
def documents(draw: st.DrawFn) -> Written:
    written = Written()
    pairs(draw, written, ())
    for name in draw(st.lists(st.sampled_from(["t1", "t2", "t 3"]), unique=True)):
        table(draw, written, name)
    for _ in range(draw(st.integers(0, 3))):
        item(draw, written)
    return written


def table(draw: st.DrawFn, written: Written, name: str) -> None:
    written.put(draw(BLANKS))
    written.note(name)
    written.note(name, "sub")
    written.put(f"[ {quoted(draw, name)} . sub ]" + draw(st.sampled_from(["\n", " # [x]\r\n"])))
    pairs(draw, written, (name, "sub"))


def item(draw: st.DrawFn, written: Written) -> None:
    """An item of an array of tables, with tables of its own below it."""
    index = sum(place[0] == "items" and len(place) == 2 for place in written.lines)
    written.put(draw(BLANKS))
    written.note("items")
    written.note("items", index)
    written.put("[[items]]\n")
    pairs(draw, written, ("items", index))
    for below in range(draw(st.integers(0, 2))):
        written.put(draw(BLANKS))
        written.note("items", index, "below")
        written.note("items", index, "below", below)
        written.put("[[items.below]]\n")
    if draw(st.booleans()):
        written.note("items", index, "price")
        written.put("[items.price]\n")
        pairs(draw, written, ("items", index, "price"))


def pairs(draw: st.DrawFn, written: Written, place: Place) -> None:
    for key in draw(st.lists(KEYS, unique=True, max_size=3)):
        written.put(draw(BLANKS))
        written.note(*place, key)
        written.put(quoted(draw, key))
        inside: Place = (*place, key)
        if draw(st.booleans()):
            inside = (*inside, "dotted")
            written.note(*inside)
            written.put(" . dotted")
        written.put(draw(st.sampled_from(["=", " = ", "\t=  "])))
        value(draw, written, inside, 2)
        written.put("\n")


def value(draw: st.DrawFn, written: Written, place: Place, depth: int) -> None:
    kind = draw(st.sampled_from(["scalar", "array", "table"])) if depth else "scalar"
    if kind == "scalar":
        written.put(draw(SCALARS))
    elif kind == "table":
        written.put("{")
        for index, key in enumerate(draw(st.lists(KEYS, unique=True, max_size=2))):
            written.put(", " if index else " ")
            written.note(*place, key)
            written.put(f"{quoted(draw, key)} = ")
            value(draw, written, (*place, key), depth - 1)
        written.put("}")
    else:
        written.put("[")
        for index in range(draw(st.integers(0, 3))):
            written.put(draw(BLANKS))
            written.note(*place, index)
            value(draw, written, (*place, index), depth - 1)
            written.put(draw(st.sampled_from([",", " ,", "\n,"])))
        written.put(draw(BLANKS) + "]")


def quoted(draw: st.DrawFn, key: str) -> str:
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    escaped = key.replace("\\", "\\\\").replace('"', '\\"').replace("ü", draw(st.sampled_from(["ü", "\\u00fc"])))
    return key if bare and draw(st.booleans()) else f'"{escaped}"' if draw(st.booleans()) else f"'{key}'"


@given(documents())
def test_every_value_is_found_on_the_line_it_was_written_on(written: Written) -> None:
    assert lines_of(written.text) == written.lines
    assert set(written.lines) == places(tomllib.loads(written.text))


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("models", 0), 2),
        (("models", 0, "name"), 3),
        (("models", 0, "price", "output"), 5),
        (("models", 0, "price", "cached"), 4),
        (("models", 1, "price", "input"), 7),
        (("models", 1, "base_url"), 6),
        (("models", 1, "fallbacks", 1), 10),
        (("roles", "writer"), 12),
        (("nowhere",), 1),
    ],
)
def test_what_is_missing_is_looked_for_where_it_would_be(place: Place, line: int) -> None:
    text = """# models
[[models]]
name = "a"
[models.price]
output = 1
[[models]]
price = { input = 1 }
fallbacks = [
  "a",
  "b",
]
[roles]
"""
    assert nearest_line(lines_of(text), place) == line
