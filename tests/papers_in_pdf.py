"""The PDFs that the tests of the PDF reader read: each a kind of page that real papers have."""

from collections.abc import Callable

from tests.pdfs import (
    BOLD,
    CHINESE,
    COLUMN,
    HEIGHT,
    ITALIC,
    JAPANESE,
    KOREAN,
    LEFT,
    MONO,
    RIGHT,
    WIDTH,
    Sheet,
    paged,
    prose,
)

NOTES = ("engines", "cards", "looms", "cranks", "gears")
SECOND = LEFT + COLUMN + 16


def one_column() -> bytes:
    sheet = Sheet(title="Measuring Everything at Once", author="Ada Lovelace and Charles Babbage", numbered=True)
    sheet.head = "Lovelace and Babbage · Measuring Everything"
    sheet.centred("Measuring Everything at Once", font=BOLD, size=17)
    sheet.centred("Ada Lovelace and Charles Babbage", size=12)
    sheet.centred("Analytical Engine Institute, London", size=10)
    sheet.heading("Abstract")
    sheet.paragraph(prose("abs", 3), LEFT + 20, RIGHT - LEFT - 40)
    sheet.line("Keywords: measuring, engines; punched cards".replace(";", ","))
    sheet.y -= 14
    sheet.heading("1 Introduction")
    sheet.paragraph(prose("intro", 8))
    sheet.heading("1.1 Aims", size=11)
    sheet.paragraph(prose("aims", 6))
    first, rest = paged(prose("carry", 12), RIGHT - LEFT, [5])
    sheet.heading("2 Method")
    sheet.lines(first)
    sheet.turn()
    sheet.lines(rest)
    sheet.heading("2.1 Details of the second method", size=11)
    sheet.paragraph(prose("detail", 4))
    sheet.turn()
    sheet.heading("3 Conclusion")
    sheet.paragraph(prose("end", 5))
    return sheet.done()


def two_columns() -> bytes:
    sheet = Sheet(numbered=True)
    sheet.centred("Two Columns Are Read One after the Other", font=BOLD, size=15)
    sheet.centred("Grace Hopper¹    Alan Turing²", size=12)
    sheet.centred("¹ Harvard University  ² University of Manchester", size=10)
    top = sheet.y - 20
    left, right, over = paged(prose("body", 60), COLUMN, [36, 38])
    sheet.y = top
    sheet.heading("Abstract", LEFT + 80)
    sheet.paragraph(prose("abs", 3), LEFT, COLUMN)
    sheet.heading("1 Introduction")
    sheet.lines(left[:28])
    sheet.y = 92
    sheet.line("1 A footnote about the engine stands below the column.", LEFT, size=8)
    sheet.y = top - 5
    sheet.lines([*left[28:], *right], SECOND)
    sheet.turn()
    sheet.lines(over[:20])
    sheet.heading("2 Results")
    half = paged(prose("res", 40), COLUMN, [20, 30])
    sheet.lines(half[0])
    sheet.y = HEIGHT - 67
    sheet.lines(half[1], SECOND)
    sheet.turn()
    sheet.lines(half[2])
    sheet.heading("References")
    for n in range(1, 7):
        sheet.lines([f"Author {n}, A. 20{n:02d}. The title of work {n}, which"])
        sheet.lines([f"needs another line for its venue {n}."], LEFT + 10)
    return sheet.done()


def mixed() -> bytes:
    """Full-width title, abstract and table over two columns; drawn right column first."""
    sheet = Sheet()
    sheet.centred("A Wide Abstract over Narrow Columns", font=BOLD, size=16)
    sheet.centred("Emmy Noether", size=12)
    sheet.y -= 6
    sheet.paragraph("Abstract. " + prose("wide", 5), LEFT + 20, RIGHT - LEFT - 40)
    top = sheet.y - 14
    left, right, rest = paged(prose("flow", 50), COLUMN, [16, 18])
    sheet.y = top - 24
    sheet.lines(right, SECOND)
    sheet.y = top
    sheet.line("1 Introduction", font=BOLD, size=12)
    sheet.y -= 20
    sheet.lines(left)
    sheet.y = 330
    sheet.paragraph("Table 1: Scores of all systems on the three sets, higher is better in every column of it.")
    for name, *scores in (("System", "Cranfield", "CISI", "CSFCube"), ("Lexical", "35.9", "39.4", "45.3"),
                          ("Static", "31.7", "38.4", "41.1"), ("Hybrid", "36.9", "41.6", "46.5")):  # fmt: skip
        for x, text in zip((LEFT, 220, 330, 440), (name, *scores), strict=True):
            sheet.line(text, x)
        sheet.y -= 12
    below = sheet.y - 20
    sheet.y = below
    sheet.lines(rest[: len(rest) // 2])
    sheet.y = below - 6
    sheet.lines(rest[len(rest) // 2 :], SECOND)
    return sheet.done()


def long_table() -> bytes:
    sheet = Sheet(numbered=True)
    sheet.centred("A Table That Does Not Fit on One Page", font=BOLD, size=16)
    sheet.heading("1 Data")
    first, rest = paged(prose("around", 9), RIGHT - LEFT, [4])
    sheet.lines(first)
    sheet.y -= 20
    header = ("Number", "Name of the set", "Papers", "Score")
    rows = [(str(n), f"set {n}", str(100 * n), f"0.{n:02d}") for n in range(1, 61)]
    sheet.line("Table 1: All sixty sets.")
    sheet.y -= 16
    for number, row in enumerate([header, *rows[:35], header, *rows[35:]]):
        if number == 36:
            sheet.turn()
        for x, text in zip((LEFT, 140, 300, 400), row, strict=True):
            sheet.line(text, x)
        sheet.y -= 14
    sheet.y -= 20
    sheet.lines(rest)
    return sheet.done()


def footnotes() -> bytes:
    """Sentences that run over pages, with footnotes, alternating heads and numbers in between."""
    sheet = Sheet(numbered=True)
    sheet.centred("Notes at the Foot of the Page", font=BOLD, size=16)
    sheet.heading("1 Text")
    portions = paged(prose("note", 100), RIGHT - LEFT, [20, 20, 20, 20])
    for number, (portion, word) in enumerate(zip(portions, NOTES, strict=True), 1):
        sheet.head = "Journal of Notes 12 (2021) {page}" if number % 2 else "{page} A. Author et al."
        sheet.lines(portion)
        sheet.y = 96
        sheet.canvas.line(LEFT, 106, LEFT + 100, 106)
        note = f"{number} This explains {word}, which stands above on the page, in some"
        sheet.lines([note, f"more words on {word}."], size=8)
        if number < len(portions):
            sheet.turn()
    return sheet.done()


def hyphens() -> bytes:
    sheet = Sheet(title="Microsoft Word - final_v3.docx")
    sheet.centred("Words Broken at the Ends of Lines", font=BOLD, size=16)
    sheet.heading("1 Words")
    sheet.lines(
        [
            "Retrieval gives more infor-",
            "mation to a state-of-the-",
            "art model such as GPT-",
            "4, to a Mixture-of-",
            "Experts and to data-driven methods, which are data-",
            "driven, for short- and long-",
            "term goals. The data and the driven are here too, see https://example.org/a-",
            "b for it.",
        ]
    )
    return sheet.done()


def japanese() -> bytes:
    sheet = Sheet()
    sheet.line("知識検索の新しい手法について", font=JAPANESE, size=16)
    sheet.y -= 24
    sheet.line("山田太郎、鈴木花子", font=JAPANESE, size=11)
    sheet.y -= 30
    sheet.line("概要", font=JAPANESE, size=12)
    sheet.y -= 18
    sheet.lines(["本論文では知識検索の新しい手法を提案する。実験により有効", "性を示した。"], font=JAPANESE)
    for heading, lines in (
        ("1. はじめに", ["近年、大規模言語モデルが広く使われている。しかし、", "誤った引用が問題である。"]),
        ("2. 提案手法", ["提案手法は三つの段階からなる。まず検索を行", "い、次に検証する。"]),
        ("2.1 検索", ["検索には索引を用いる。"]),
        ("参考文献", ["[1] 佐藤次郎. 検索の基礎. 2019.", "[2] 田中三郎. 検証の方法. 2021."]),
    ):
        sheet.y -= 14
        sheet.line(heading, font=JAPANESE, size=12)
        sheet.y -= 20
        sheet.lines(lines, font=JAPANESE, step=14)
    return sheet.done()


def korean() -> bytes:
    sheet = Sheet()
    sheet.line("지식 검색을 위한 새로운 방법", font=KOREAN, size=16)
    sheet.y -= 40
    for heading, lines in (
        ("초록", ["본 논문은 지식 검색을 위한 새로운 방법을 제안한다."]),
        ("1. 서론", ["최근 대규모 언어 모델이 널리", "사용되고 있다. 그러나 잘못된 인용이 문제이다."]),
        ("2. 결론", ["제안한 방법은 효과적이다."]),
    ):
        sheet.y -= 14
        sheet.line(heading, font=KOREAN, size=12)
        sheet.y -= 20
        sheet.lines(lines, font=KOREAN, step=14)
    return sheet.done()


def chinese() -> bytes:
    sheet = Sheet()
    sheet.line("一种新的知识检索方法", font=CHINESE, size=16)
    sheet.y -= 40
    for heading, lines in (
        ("摘 要", ["本文提出一种新的知识检索方法。"]),
        ("一、引言", ["近年来大规模语言模型得到广泛应", "用。但是错误引用仍是问题。"]),
        ("二、结论", ["该方法是有效的。"]),
    ):
        sheet.y -= 14
        sheet.line(heading, font=CHINESE, size=12)
        sheet.y -= 20
        sheet.lines(lines, font=CHINESE, step=14)
    return sheet.done()


def ieee() -> bytes:
    """Roman numbers, lettered subsections, an abstract that runs in, numbered references, an appendix."""
    sheet = Sheet(title="On Roman Numerals", author="Marie Curie")
    sheet.centred("On Roman Numerals", size=22)
    sheet.centred("Marie Curie, University of Paris", size=11)
    sheet.y -= 10
    sheet.paragraph("Abstract—" + prose("abs", 3), font=BOLD, size=9)
    sheet.paragraph("Index Terms—Roman numerals, radium", font=BOLD, size=9)
    for heading, font in (("I. INTRODUCTION", "Times-Roman"), ("II. METHOD", "Times-Roman"), ("A. Apparatus", ITALIC)):
        sheet.y -= 12
        sheet.line(heading, LEFT + (150 if font != ITALIC else 0), font=font)
        sheet.y -= 20
        sheet.paragraph(prose(heading.split()[1].lower(), 4))
    sheet.y -= 10
    sheet.lines(["def weigh(sample):", "    return sample.mass"], font=MONO, size=9)
    sheet.heading("REFERENCES", LEFT + 180, size=10, font="Times-Roman")
    for n in range(1, 5):
        sheet.lines(
            [f"[{n}] A. Author, “Work number {n},” J. Phys., vol. {n}, pp. 1–", f"2, 190{n}. doi:10.1000/x{n}."], size=9
        )
    sheet.heading("Appendix", size=12)
    sheet.paragraph(prose("app", 2))
    return sheet.done()


def stamped() -> bytes:
    """A preprint with arXiv's stamp up the margin, its body cited ids of others, on a page lying on its side."""
    sheet = Sheet()
    canvas = sheet.canvas
    canvas.saveState()
    canvas.translate(30, 250)
    canvas.rotate(90)
    canvas.setFont("Times-Roman", 20)
    canvas.drawString(0, 0, "arXiv:2301.04567v1 [cs.CL] 11 Jan 2023")
    canvas.restoreState()
    sheet.centred("A Stamped Preprint", font=BOLD, size=17)
    sheet.centred("Katherine Johnson", size=12)
    sheet.heading("Abstract")
    sheet.paragraph("We extend arXiv:1706.03762 and others. " + prose("abs", 2))
    sheet.heading("1 Introduction")
    sheet.paragraph(prose("intro", 6))
    canvas.showPage()
    canvas.setPageRotation(90)
    canvas.translate(WIDTH, 0)
    canvas.rotate(90)
    canvas.setFont("Times-Roman", 10)
    canvas.drawString(72, WIDTH - 100, "This landscape page is read across like any other.")
    canvas.drawString(72, WIDTH - 112, "Its second line follows the first one.")
    return sheet.done()


PAPERS: dict[str, Callable[[], bytes]] = {
    build.__name__: build
    for build in (
        one_column, two_columns, mixed, long_table, footnotes, hyphens, japanese, korean, chinese, ieee, stamped,
    )
}  # fmt: skip
