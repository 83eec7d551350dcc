"""Papers whose text or metadata tries to be more than text."""

from agents.respond import describe
from agents.trace import Reference
from tests.examples import paper
from tools.types import PaperId, PassageId


def test_control_characters_never_enter_a_record() -> None:
    hostile = paper("p", "A \x1b[31mred\x07 title\u202e", authors=("Eve\x00 One", "\u200b"), venue="V\nW")
    assert hostile.title == "A [31mred title"
    assert hostile.authors == ("Eve One",)
    assert hostile.venue == "V W"


def test_a_reference_is_text_whatever_its_metadata_says() -> None:
    line = describe(
        Reference(
            number=1,
            paper_id=PaperId("p"),
            title="**Bold** ![img](http://evil.example/x.png) # Heading <script>alert(1)</script>",
            published="2025",
            url="javascript:alert(1)",
            authors=("Eve [1]", "<b>Mallory</b>"),
            passages=(PassageId("p#0"),),
        )
    )
    assert "http" not in line
    assert "javascript" not in line
    assert "<" not in line
    assert "[1]" not in line
    assert line.startswith("Eve, Mallory. *Bold")


def test_an_address_is_shown_only_if_it_is_one() -> None:
    def shown(url: str) -> str:
        return describe(Reference(number=1, paper_id=PaperId("p"), title="T", published="", url=url))

    assert shown("https://example.org/a_b?c=1") == "*T*. https://example.org/a_b?c=1"
    assert shown("https://example.org/) [x](http://evil.example") == "*T*"
