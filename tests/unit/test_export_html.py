"""The pages: nothing hostile runs, every citation leads to its passages, and nothing is loaded from elsewhere."""

from selectolax.lexbor import LexborHTMLParser

from agents.survey.document import drawings_of
from tests.documents import HOSTILE, hostile
from tools.export.html import html
from tools.export.ledger_html import ledger_html
from tools.export.markup import pieces, web_address
from tools.export.svg import svg

DOCUMENT = hostile()
PAGE = html(DOCUMENT, drawings_of(DOCUMENT), ledger=True, beside="ledger.html")
LEDGER = ledger_html(DOCUMENT)


def shown(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector)
    assert node is not None, selector
    return node.text()


def test_hostile_text_is_shown_and_is_no_markup() -> None:
    for page in (PAGE, LEDGER):
        tree = LexborHTMLParser(page)
        assert not tree.css("script, img, iframe, object, embed, link, base, form")
        assert not [node for node in tree.css("*") if any(name.startswith("on") for name in node.attributes)]
        assert HOSTILE in shown(tree, "h1")
        assert shown(tree, "title").endswith(HOSTILE)


def test_links_lead_into_the_page_or_to_the_web() -> None:
    addresses = [node.attributes["href"] or "" for node in LexborHTMLParser(PAGE).css("a[href]")]
    assert addresses
    assert all(address.startswith(("#", "https://")) or address == "ledger.html" for address in addresses)
    assert "https://example.org/a_b?x=1&y=%20#z" in addresses
    assert not any("hijack" in address or "javascript" in address for address in addresses)


def test_every_citation_leads_to_the_passages_and_unknown_marks_stay_text() -> None:
    tree = LexborHTMLParser(PAGE)
    targets = {node.attributes["href"] for node in tree.css("a.cite")}
    assert targets == {"#cited-1", "#cited-2"}
    opened = tree.css_first("#ref-1 details #cited-1")
    assert opened is not None
    assert "It saves 50%." in opened.text()
    assert "Unknown [9]" in tree.body.text()  # type: ignore[union-attr]


def test_what_has_no_passages_can_be_led_to_all_the_same() -> None:
    tree = LexborHTMLParser(PAGE)
    for link in tree.css("a.cite"):
        assert tree.css_first(str(link.attributes["href"])) is not None


def test_tables_lists_and_scripts_of_the_east_are_there() -> None:
    tree = LexborHTMLParser(PAGE)
    assert [cell.text() for cell in tree.css("td")] == ["A_1 & B", "50% [1]", "code", "日本語の結果 [2]"]
    assert len(tree.css("main > ul > li")) == 2
    assert "行の途中で正しく折り返される" in PAGE


def test_a_page_loads_nothing() -> None:
    for page in (PAGE, LEDGER):
        assert "default-src 'none'" in page
        tree = LexborHTMLParser(page)
        assert not tree.css("[src], [srcset], [poster], [style]")
        assert not any(sign in node.text() for node in tree.css("style") for sign in ("@import", "url("))


def test_the_ledger_is_filtered_by_verdict_without_a_script() -> None:
    tree = LexborHTMLParser(LEDGER)
    labels = [label.text() for label in tree.css("label")]
    assert labels == ["All (2)", "supported (1)", "partly supported (0)", "unsupported (1)", "uncited (0)"]
    assert {label.attributes["for"] for label in tree.css("label")} == {
        box.attributes["id"] for box in tree.css("input[type=radio]")
    }
    assert "It saves 50%." in shown(tree, ".claim.supported blockquote")
    assert tree.css_first(".claim.unsupported.removed") is not None


def test_figures_are_drawings_and_hostile_names_are_their_text() -> None:
    taxonomy, timeline = (svg(drawing) for drawing in drawings_of(DOCUMENT))
    assert "<script" not in taxonomy
    assert "&lt;script&gt;" in taxonomy
    assert "規則" in taxonomy
    assert ">&lt;2009<" in timeline
    assert ">2024<" in timeline


def test_marks_side_by_side_are_one_citation() -> None:
    assert list(pieces("a [1][2] b [3]", frozenset({1, 2}))) == ["a ", (1, 2), " b [3]"]
    assert web_address("https://example.org/x") == "https://example.org/x"
    assert not web_address("javascript:alert(1)")
    assert not web_address('https://example.org/"onmouseover="x')
