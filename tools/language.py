"""Which language a text is written in: by its script, and among Latin ones by frequent words."""

import re
from collections import Counter

FUNCTION_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(
        """the a an of and to in is are what which how why who does do did with for on by from between can
        could would should this that these those it its their about as at be has have not or than me my please
        summarise summarize compare find list explain show papers paper give tell write""".split()
    ),
    "de": frozenset(
        """der die das den dem des ein eine einen einer und oder ist sind wie was welche welcher welches
        warum mit für von zwischen zu zum zur nicht auf im über bitte vergleiche fasse zusammen gibt es
        werden wird kann ich mir sich bei nach aus""".split()
    ),
    "fr": frozenset(
        """le la les un une des du de et ou est sont quel quelle quels quelles comment pourquoi avec pour
        dans sur entre par que qui ce cette ces au aux pas résume résumez comparez compare trouve trouvez
        quoi sont-ils il elle on nous vous je""".split()
    ),
    "es": frozenset(
        """el la los las un una unos unas de del y o es son qué que cuál cuáles cómo por porqué con para en
        sobre entre se no lo al su sus resume resuma compara compare busca encuentra artículos hay está más
        este esta estos""".split()
    ),
    "it": frozenset(
        """il lo gli un una di del della dei delle e o è sono che cosa quale quali come perché con per in su
        tra fra non riassumi confronta trova nel nella questo questa degli dal""".split()
    ),
    "pt": frozenset(
        """o os um uma de do da dos das e ou é são que qual quais como por porquê com para em sobre entre não
        resuma compare encontre no na nos nas ao este esta artigos mais""".split()
    ),
}
"""Frequent words by which a language written in Latin letters is told."""

_READ = 2_000
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]")
_HANGUL = re.compile(r"[\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e]")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"[^\W\d_]")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = {
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}
"""The language most often written in a script that several share."""


def text_language(text: str) -> str:
    """The ISO 639-1 code of the language of a text, "" if it cannot be told.

    Four Chinese, Japanese or Korean characters weigh as much as three Latin words: such texts quote terms
    and titles in English, the reverse is rare. A title of a few words is often too little.
    """
    text = text[:_READ]
    if not text.isascii() and (code := _by_script(text)):
        return code
    words = Counter(_WORD.findall(text.lower()))
    votes = {code: sum(words[word] for word in common & words.keys()) for code, common in FUNCTION_WORDS.items()}
    best, second = sorted(votes, key=lambda code: -votes[code])[:2]
    return best if votes[best] >= 2 and votes[best] > votes[second] else ""


def _by_script(text: str) -> str:
    kana, hangul, han = (len(script.findall(text)) for script in (_KANA, _HANGUL, _HAN))
    if 3 * (kana + hangul + han) > 4 * len(_LATIN_WORD.findall(text)):
        if hangul > kana + han:
            return "ko"
        return "ja" if 20 * kana > han else "zh"
    letters = len(_LETTER.findall(text))
    return next((code for code, script in _SCRIPTS.items() if 2 * len(script.findall(text)) > letters), "")
