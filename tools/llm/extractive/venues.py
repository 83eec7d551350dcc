"""The venue whose papers a request asks for: "papers at NeurIPS", "CVPR 2024の論文"."""

import re

_VENUES = (
    r"NeurIPS|NIPS|ICML|ICLR|ACL|EMNLP|NAACL|EACL|COLING|TACL|CVPR|ICCV|ECCV|WACV|AAAI|IJCAI|KDD|SIGIR|CIKM|WSDM|WWW|"
    r"RecSys|UAI|AISTATS|COLT|ICRA|IROS|CoRL|RSS|INTERSPEECH|ICASSP|SIGGRAPH|CHI|UIST|VLDB|SIGMOD|ICDE|OSDI|SOSP|NSDI|"
    r"USENIX Security|CCS|TMLR|JMLR|TPAMI|Nature|Science|PNAS|Cell|The Lancet|JAMA"
)
_PAPERS = r"(?:papers?|articles?|publications?|の論文|に採択|で発表|に掲載|\s*논문|에서 발표|에 실린|的?论文|上?发表)"
_ASKED = re.compile(
    rf"(?:\b(?:at|in|from|by|of)\s+(?:the\s+)?(?P<at>{_VENUES})\b(?:\s*[12]\d{{3}})?(?!\s*[-:]?\s*(?:style|format|template))"
    rf"|(?<!\w)(?P<of>{_VENUES})(?:\s*(?:[12]\d{{3}})年?)?\s*(?={_PAPERS}))"
)


def venue_of(question: str) -> str:
    """The venue's name as it is written; empty where no known one is asked for."""
    found = _ASKED.search(question[:2_000])
    return (found["at"] or found["of"]) if found else ""


def without_venue(question: str) -> str:
    """The question less the words that name the venue."""
    bare = " ".join(_ASKED.sub(" ", question).split())
    return bare if any(character.isalnum() for character in bare) else question
