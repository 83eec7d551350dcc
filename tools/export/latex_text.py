"""Text as LaTeX: nothing in it can become a command, and mathematical letters are set by any engine."""

import re
from urllib.parse import quote

from tools.export.markup import printable

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "'": "'",
    "[": "{[}",
    "]": "{]}",
    "-": "-",
}
_GREEK = dict(
    zip(
        "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
        "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split(),
        strict=True,
    )
)
_SIGNS = dict(
    zip(
        "×÷±∓·≤≥≠≈≡∼∝∞∑∏∫√∂∇∈∉⊂⊆∪∩∀∃→←↔⇒⇐⇔↑↓−∗∘⊕⊗¬∧∨′⟨⟩…⋅ℓ",
        "times div pm mp cdot leq geq neq approx equiv sim propto infty sum prod int surd partial nabla in notin "
        "subset subseteq cup cap forall exists rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow "
        "uparrow downarrow - ast circ oplus otimes neg wedge vee prime langle rangle ldots cdot ell".split(),
        strict=True,
    )
)
_QUOTES = {
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "–": "--",
    "—": "---",
    "\u00a0": "~",
    "\u202f": "~",
    "\u2009": r"\,",
    "•": r"\textbullet{}",
    "€": r"\texteuro{}",
    "°": r"\textdegree{}",
    "µ": r"\ensuremath{\mu}",
    "²": r"\textsuperscript{2}",
    "³": r"\textsuperscript{3}",
    "¹": r"\textsuperscript{1}",
}
_TABLE = (
    _SPECIAL
    | {char: rf"\ensuremath{{\{name}}}" for char, name in _GREEK.items()}
    | {char: rf"\ensuremath{{{'-' if name == '-' else chr(92) + name}}}" for char, name in _SIGNS.items()}
    | _QUOTES
)
_LIGATURES = re.compile(r"--+|,,|<<|>>|\?`|!`|''")
_UNKNOWN_TO_PDFTEX = re.compile(r"[^\x00-\x7f\u00a1-\u017f\u2013-\u2026\u20ac]")


def latex_text(given: str) -> str:
    """The text with every character that means something to LaTeX as itself."""
    plain = printable(given).replace("\n", " ").replace("\t", " ")
    shown = [_TABLE.get(char, char) for char in plain]
    # two hyphens or apostrophes side by side would be drawn as one sign
    return "".join(f"{one}{{}}" if _joins(plain[at : at + 2]) else one for at, one in enumerate(shown))


def needs_unicode_engine(text: str) -> bool:
    """Whether some character is beyond what pdfLaTeX sets."""
    return any(char not in _TABLE for char in _UNKNOWN_TO_PDFTEX.findall(text))


def latex_address(address: str) -> str:
    """A web address as the first argument of \\href."""
    return quote(address, safe=":/?=.-+,;@!()*&#%_~[]").replace("%", r"\%").replace("#", r"\#").replace("&", r"\&")


def _joins(pair: str) -> bool:
    return bool(_LIGATURES.fullmatch(pair))
