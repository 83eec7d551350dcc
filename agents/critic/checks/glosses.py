"""Whether the English in brackets after a Japanese or Korean term is the English of that term."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place
from agents.critic.text import Document
from tools.llm.extractive.glossary import english_by_term
from tools.llm.extractive.tokens import stem

_GLOSS = re.compile(
    r"(?P<term>[가-힣]{2,10}|[一-龥ァ-ヶー]{2,12})\s?[（(](?P<english>[A-Za-z][a-z]+(?:[ -][A-Za-z]?[a-z]+){0,3})[)）]"
)
_MORE = {
    **dict.fromkeys(("망각", "忘却"), "forgetting"),
    **dict.fromkeys(("과적합", "過学習"), "overfitting"),
    **dict.fromkeys(("일반화", "汎化"), "generalization"),
    **dict.fromkeys(("정규화", "正規化"), "normalization"),
    **dict.fromkeys(("증강", "拡張"), "augmentation"),
    **dict.fromkeys(("지연", "遅延"), "latency"),
}
_NEAR = 0.72
_SAME_ROOT = 5


def glosses(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on glosses that are nearly, but not, the word that belongs to the term: forging for forgetting."""
    del asked
    known = {**english_by_term(), **_MORE}
    for block in document.blocks:
        if block.kind not in ("paragraph", "bullet", "table"):
            continue
        for found in _GLOSS.finditer(block.text):
            english = next((word for term, word in known.items() if found["term"].endswith(term)), "")
            given, right = found["english"].lower().split()[-1], english.lower().split()[-1:] or [""]
            if not right[0] or stem(given) == stem(right[0]) or right[0] in found["english"].lower():
                continue
            related = given[:_SAME_ROOT] == right[0][:_SAME_ROOT]
            if not related and given[0] == right[0][0] and SequenceMatcher(None, given, right[0]).ratio() >= _NEAR:
                yield Remark(
                    check="glosses",
                    severity="minor",
                    wrong=f'"{found["english"]}" is not the English of {found["term"]}; "{english}" is.',
                    fix=f"Write {found['term']} ({english}).",
                    where=place(document.text, block, block.start + found.start(), block.start + found.end()),
                )
