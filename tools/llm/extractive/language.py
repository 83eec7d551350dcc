"""The language a message is written in."""

import re

from tools.language import FUNCTION_WORDS
from tools.llm.extractive.tokens import CJK, cjk_share

_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f]")
_HANGUL = re.compile(r"[\uac00-\ud7af\u1100-\u11ff]")
_HAN = re.compile(r"[\u4e00-\u9fff\u3400-\u4dbf]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_WORD = re.compile(rf"[^\W\d_{CJK}]+(?:-[^\W\d_{CJK}]+)*")
_REQUESTED = re.compile(
    r"\b(?:answer|reply|respond|write|in|auf|en)\s+(?:(?:it|me|this|that)\s+)?(?:in\s+)?"
    r"(english|japanese|korean|chinese|german|french|spanish|deutsch|français|español)\b[\s.!?)]*$"
    r"|(英語|日本語|中国語|韓国語|英文|中文|日文|영어|한국어|일본어)(?:で|로|으로|回答|作答|答え)",
    re.IGNORECASE,
)
_READ = 2_000
_CODES = {
    "english": "en", "japanese": "ja", "korean": "ko", "chinese": "zh", "german": "de", "french": "fr",
    "spanish": "es", "deutsch": "de", "français": "fr", "español": "es", "英語": "en", "日本語": "ja",
    "中国語": "zh", "韓国語": "ko", "英文": "en", "中文": "zh", "日文": "ja", "영어": "en",
    "한국어": "ko", "일본어": "ja",
}  # fmt: skip


def language_of(message: str) -> str:
    """The ISO 639-1 code of the language to answer in: the one asked for, else the one written in."""
    message = message[-_READ:]
    if asked := _REQUESTED.search(message):
        return _CODES[(asked[1] or asked[2]).lower()]
    words = [word.lower() for word in _WORD.findall(message)]
    votes = {code: sum(word in common for word in words) for code, common in FUNCTION_WORDS.items()}
    # an English sentence may quote a Japanese title, a Japanese one holds few English function words
    if cjk_share(message) > 0 and (votes["en"] < 2 or cjk_share(message) > 0.7):
        return _east_asian(message)
    if len(_CYRILLIC.findall(message)) > len(message) / 3:
        return "ru"
    best = max(votes, key=lambda code: votes[code])
    return best if votes[best] >= 2 and votes[best] > votes["en"] else "en"


def _east_asian(message: str) -> str:
    if _HANGUL.search(message):
        return "ko"
    if _KANA.search(message) or not _HAN.search(message):
        return "ja"
    return "zh"
