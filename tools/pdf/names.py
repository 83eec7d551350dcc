"""The names that headings usually have, and the numbers before them."""

import re
import unicodedata

_NAMES = """abstract|introduction|background|related work|preliminaries|method|methods|methodology|materials and methods
|approach|experiments|experimental setup|experimental results|evaluation|results|results and discussion|analysis
|discussion|limitations|ethics statement|broader impact|future work|conclusion|conclusions|concluding remarks
|conclusion and future work|conclusions and future work|discussion and conclusion|summary|acknowledgments
|acknowledgements|acknowledgment|acknowledgement|references|bibliography|literature cited|works cited|appendix
|appendices|supplementary material|contents|table of contents|keywords|index terms|ccs concepts
|概要|要旨|要約|あらまし|抄録|はじめに|序論|緒言|関連研究|先行研究|背景|目的|方法|手法|提案手法|実験|実験結果|評価|結果|考察|議論
|まとめ|おわりに|結論|結言|今後の課題|謝辞|参考文献|引用文献|文献|付録|目次|キーワード
|摘要|引言|绪论|前言|相关工作|方法|实验|结果|讨论|结论|总结|致谢|参考文献|附录|关键词|緒論|相關研究|實驗|結論與建議|參考文獻|致謝
|초록|요약|국문초록|서론|관련연구|배경|방법|실험|결과|고찰|논의|결론|감사의글|사사|참고문헌|부록|목차|핵심어"""
NAMES = frozenset(re.sub(r"\s+", "", name) for name in _NAMES.replace("\n", "").split("|"))

NUMBERED = re.compile(
    r"^(?P<number>(?:\d{1,2}|[A-Z])(?:\.\d{1,2}){1,4}\.?|\d{1,2}\.?|[IVX]{1,6}\.?(?=\s)|[A-Z]\.?|第\d{1,2}[章節节]|제\d{1,2}[장절]"
    r"|[一二三四五六七八九十]{1,3}[、.]|(?i:appendix|chapter|section|part)\s+[\dA-Z]{1,3}[.:]?)"
    r"(?P<space>\s*)(?P<title>\D.*)$"
)


def name_of(text: str) -> str:
    """A heading's words without number, spaces and case: "3. Related Work" is "relatedwork"."""
    plain = unicodedata.normalize("NFKC", text).strip()
    bare = re.sub(r"[\s:.：。]+", "", plain).casefold()
    numbered = NUMBERED.match(plain)
    if bare in NAMES or numbered is None:
        return bare
    return re.sub(r"[\s:.：。]+", "", numbered["title"]).casefold()
