"""Whether a sentence says what a text does not hold; such a sentence is about the text and denies nothing of it."""

import re

_TEXT = r"(?:records?|passages?|papers?|abstracts?|sources?|texts?|authors?|stud(?:y|ies)|articles?|excerpts?|evidence)"
_NOT = r"(?:not|never|no|nor|neither|nothing|nowhere|cannot|\w+n['’]t)"
_TELLS = (
    r"(?:says?|reports?|states?|specif(?:y|ies)|mentions?|names?|gives?|tells?|discloses?|provides?|describes?|"
    r"defines?|holds?|contains?|lists?|covers?|includes?|explains?|settles?|address(?:es)?)"
)
_TOLD = r"(?:reported|stated|specified|disclosed|mentioned|documented|published|given|said|named|explained|recorded)"
_ABSENT = re.compile(
    rf"\b{_TEXT}\b[^.;]{{0,40}}?\b{_NOT}\b\s+(?:\w+\s+){{0,2}}?{_TELLS}\b"
    rf"|\b{_TEXT}\b[^.;]{{0,30}}?\b{_TELLS}\s+(?:no|nothing|neither|none)\b"
    rf"|\b{_NOT}\s+(?:\w+\s+){{0,2}}?{_TOLD}\b"
    rf"|\b(?:not|nowhere|nothing|absent|missing|unknown)\s+(?:\w+\s+){{0,1}}?(?:in|by|from)\s+(?:the|this|its|these)\s"
    rf"(?:\w+['’]s\s)?{_TEXT}\b"
    r"|\b(?:is|are|was|were|remains?|stays?) (?:missing|unreported|unknown|unstated|unspecified|unavailable)\b"
    r"|(?:記載|記述|報告|言及|明記|記録|示さ|述べ|書か|触れ)[^。、]{0,8}(?:な[いくし]|ず|ません)"
    r"|(?:보고|언급|기록|명시|기재|서술|제시|나와|밝히|밝혀|적혀)[^.。]{0,6}(?:않|없|안 )"
    r"|(?:没有?|未|不)[^，。；]{0,4}(?:报告|报道|说明|提及|提到|给出|记载|注明|披露|列出)",
    re.IGNORECASE,
)


def tells_absence(clause: str) -> bool:
    """Whether the clause says that a text does not tell something: "The paper reports no scores"."""
    return bool(_ABSENT.search(clause))
