"""What stands before a document in LaTeX, for every engine, with fonts for Chinese, Japanese and Korean."""

import re

_CJK = re.compile(r"[\u1100-\u11ff\u2e80-\u303f\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")

_SERIF_FONTS = {
    "ja": ("Noto Serif CJK JP", "Source Han Serif", "Hiragino Mincho ProN", "Yu Mincho", "MS Mincho", "IPAexMincho"),
    "ko": ("Noto Serif CJK KR", "Source Han Serif K", "AppleMyungjo", "Batang", "UnBatang", "NanumMyeongjo"),
    "zh": ("Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "SimSun", "FandolSong"),
}
_ANY_FONTS = (
    "Noto Sans CJK JP", "Noto Sans CJK SC", "Hiragino Sans", "Yu Gothic", "Malgun Gothic", "Harano Aji Mincho",
    "WenQuanYi Zen Hei", "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip
_LOCALES = {"ja": "japanese", "ko": "korean", "zh": "chinese-simplified"}

_START = r"""% Compile with XeLaTeX, LuaLaTeX or Tectonic: run it, then bibtex, then run it twice more.
\documentclass[11pt,a4paper]{article}
\usepackage{iftex}
\ifPDFTeX
  @PDFTEX@
\else
  \usepackage{fontspec}
@CJK@\fi
\usepackage[margin=26mm]{geometry}
\usepackage{array}
\usepackage{longtable}
\usepackage{color}
\usepackage[numbers,sort&compress]{natbib}
\usepackage[hidelinks,breaklinks]{hyperref}
\usepackage{url}
\providecommand{\texteuro}{EUR}
\definecolor{ink}{rgb}{0.11,0.15,0.2}
\emergencystretch=3em
\sloppy
"""

_PDFTEX = r"""\usepackage[utf8]{inputenc}
  \usepackage[T1]{fontenc}
  \usepackage{lmodern}
  \usepackage{textcomp}"""

_NOT_PDFTEX = (
    r"\errmessage{This text has characters that pdfLaTeX cannot set. Compile it with XeLaTeX, LuaLaTeX or Tectonic}"
    r"\csname @@end\endcsname"
)

_FONT = r"""  \let\cjkfontname\relax
  \makeatletter
  \@for\candidate:=@FONTS@\do{%
    \ifx\cjkfontname\relax\IfFontExistsTF{\candidate}{\let\cjkfontname\candidate}{}\fi}
  \makeatother
  \ifx\cjkfontname\relax
    \errmessage{No font for Chinese, Japanese or Korean was found. Install one, such as Noto Serif CJK}
  \fi
  \ifXeTeX
    % the font changes by itself where the script does, and lines may break between wide characters
    \newfontfamily{\cjkfont}{\cjkfontname}
    \newXeTeXintercharclass\cjkclass
    \newcount\cjkchar
    \newcommand{\cjkrange}[2]{\cjkchar=#1\relax
      \loop\XeTeXcharclass\cjkchar=\cjkclass\ifnum\cjkchar<#2\relax\advance\cjkchar by 1\repeat}
    \cjkrange{"1100}{"11FF}\cjkrange{"2E80}{"9FFF}\cjkrange{"AC00}{"D7AF}\cjkrange{"F900}{"FAFF}\cjkrange{"FF00}{"FFEF}
    \XeTeXinterchartokenstate=1
    \XeTeXinterchartoks 0 \cjkclass={\begingroup\cjkfont}
    \XeTeXinterchartoks 4095 \cjkclass={\begingroup\cjkfont}
    \XeTeXinterchartoks \cjkclass 0={\endgroup}
    \XeTeXinterchartoks \cjkclass 4095={\endgroup}
    \XeTeXlinebreaklocale "@LANGUAGE@"
    \XeTeXlinebreakskip=0pt plus 1pt
  \fi
  \ifLuaTeX
    \usepackage[english]{babel}
@LOCALES@  \fi
"""


_LOCALE = r"""    \babelprovide[import,onchar=ids fonts]{@LOCALE@}
    \babelfont[@LOCALE@]{rm}{\cjkfontname}
    \babelfont[@LOCALE@]{sf}{\cjkfontname}
    \babelfont[@LOCALE@]{tt}{\cjkfontname}
"""


def preamble(text: str, language: str, *, unicode_engine: bool) -> str:
    """The preamble for a document of this text."""
    codes = _codes_in(text, language[:2])
    cjk = ""
    if codes:
        # what is in several scripts takes one font that has them all
        fonts = (*_ANY_FONTS, *_SERIF_FONTS[codes[0]]) if len(codes) > 1 else (*_SERIF_FONTS[codes[0]], *_ANY_FONTS)
        locales = "".join(_filled(_LOCALE, LOCALE=_LOCALES[code]) for code in codes)
        cjk = _filled(_FONT, FONTS=",".join(fonts), LANGUAGE=codes[0], LOCALES=locales)
    return _filled(_START, PDFTEX=_NOT_PDFTEX if unicode_engine else _PDFTEX, CJK=cjk)


def _filled(template: str, **values: str) -> str:
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def _codes_in(text: str, language: str) -> tuple[str, ...]:
    """The languages that the wide characters are most likely of, the document's own first."""
    if not _CJK.search(text):
        return ()
    found = {"ko"} if re.search(r"[\u1100-\u11ff\uac00-\ud7af]", text) else set()
    if re.search(r"[\u3040-\u30ff]", text):
        found.add("ja")
    elif re.search(r"[\u3400-\u9fff]", text) and language != "ko":
        found.add(language if language in ("ja", "zh") else "zh")
    return tuple(sorted(found or {"zh"}, key=lambda code: (code != language, code)))
