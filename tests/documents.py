"""A document with everything that an export must bear: hostile text, several scripts, tables, a ledger."""

from tests.examples import paper
from tools.export.bibtex import citation_keys
from tools.export.document import Branch, CitedPassage, Document, LedgerLine, Listed, Part
from tools.types import PassageId

HOSTILE = "<script>alert(1)</script> \\input{/etc/passwd} $\\write18{ls}$ %& #_^~ {x} </title><img src=x onerror=y>"
TABLE = "| Method | Result |\n|---|---|\n| A_1 & B | 50% [1] |\n| `code` | 日本語の結果 [2] |"
TEXT = (
    f"Routing **saves** cost [1][2]. {HOSTILE} [2]. Unknown [9].\n\n- one [1]\n- two\n\n"
    "1. α ≥ β × 3 — “quoted”\n2. ü ß é ł\n\n> quoted\n\n"
    f"{TABLE}\n\n```\n\\end{{document}} <b>\n```\n\n"
    "[click](javascript:alert(1)) and [there](https://example.org/a_b?x=1&y=%20#z). ![p](https://evil.example/p.png)\n\n"
    "[1]: https://evil.example/hijack\n"
)
JAPANESE = (
    "専門家の混合は、入力ごとに少数の専門家だけを使うため、同じ計算量でより大きなモデルを扱える [2]。"
    "この方法は長い文章でも行の途中で正しく折り返される必要があり、句読点の扱いも大切である [1]。"
)
KOREAN = "전문가 혼합 모델은 입력마다 일부 전문가만 사용하므로 같은 비용으로 더 큰 모델을 다룰 수 있다 [1]."


def hostile(language: str = "en", *, wide: bool = True) -> Document:
    """The document; without `wide` characters it is one that pdfLaTeX sets, too."""
    text = TEXT if wide else TEXT.replace("日本語の結果", "result")
    parts = [
        Part(level=2, title="Introduction", text=text),
        Part(number="1", level=2, title=f"Methods {HOSTILE}", text=""),
        Part(
            number="1.1", level=3, title="専門家の選択" if wide else "Choosing", text=JAPANESE if wide else "Plain [1]."
        ),
        Part(number="1.2", level=3, title="한국어" if wide else "Rules", text=KOREAN if wide else "Plain [2]."),
    ]
    one = paper(
        "2401.00001",
        f"Routing {HOSTILE}",
        authors=("Ada Lovelace", "Ł. Żak"),
        published="2024-01",
        url="https://arxiv.org/abs/2401.00001",
        arxiv_id="2401.00001",
        doi="10.1000/x_y%z&1",
        venue="J. of R&D",
    )
    other = paper(
        "own-2",
        "専門家の混合" if wide else "Mixtures",
        authors=("山田 太郎" if wide else "Taro Yamada",),
        published="2023",
    )
    keys = citation_keys((one, other))
    passage = PassageId("2401.00001#0")
    return Document(
        title=f"A survey {HOSTILE}",
        language=language,
        abstract="In short [1].",
        notes=("Measured, not judged.",),
        parts=tuple(parts),
        references=tuple(Listed(number=n, key=keys[p.id], paper=p) for n, p in enumerate((one, other), 1)),
        passages=(CitedPassage(id=passage, number=1, heading=f"Results {HOSTILE}", text=f"It saves 50%. {HOSTILE}"),),
        ledger=(
            LedgerLine(
                place="1.1 X", text=f"It saves. {HOSTILE}", cites=(passage,), verdict="supported", judged=("numbers",)
            ),
            LedgerLine(
                place="1.1 X", text="It is free.", verdict="unsupported", why="no passage says so", action="removed"
            ),
        ),
        taxonomy=Branch(
            name="A survey", papers=2, below=(Branch(name=f"Methods {HOSTILE}", papers=2), Branch(name="規則"))
        ),
        years=((2005, 1), (2023, 1), (2024, 3)),
    )
