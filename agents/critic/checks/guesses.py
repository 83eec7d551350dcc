"""Parts that admit that the source was missing, and are filled all the same."""

import re
from collections.abc import Iterator

from agents.critic.asked import Asked
from agents.critic.remark import Remark, place
from agents.critic.text import Document, Part, Sentence

_UNREAD = re.compile(
    r"(?:HTML|PDF|テキスト|本文)(?:の)?(?:抽出|取得|解析)[^。\n]{0,12}(?:失敗|不完全|でき(?:な|ず|ませ))"
    r"|(?:論文の)?(?:本文|全文)が(?:ない|なく|不完全|取得でき)"
    r"|(?:Abstract|アブストラクト|概要|要旨|抄録)(?:のみ|だけ)?(?:の情報)?から(?:推測|推定|判断|読み取)"
    r"|(?:Abstract|アブストラクト|概要|要旨)しか"
    r"|본문[을이]?\s?(?:추출|확인|제공|읽을)[^.\n]{0,10}(?:실패|못|없)|초록만(?:으로)?"
    r"|\b(?:extraction|download|parsing)\b[^.\n]{0,30}\b(?:failed|was incomplete|unsuccessful)"
    r"|\b(?:full text|body of the paper|paper's text|source)\b[^.;\n]{0,30}"
    r"\b(?:not available|unavailable|missing|could not be)"
    r"|\b(?:based|judging|inferred|guess\w*) (?:only |solely )?(?:on|from) the abstract\b"
    r"|\bonly the abstract (?:is|was)\b",
    re.IGNORECASE,
)
_UNSAID = re.compile(
    r"(?:記載|明示|言及|提供|説明)[^。\n]{0,6}(?:されていません|されていない|がない|はない|がありません|はありません|ない)"
    r"|(?:読み取れ|得られ|特定(?:することは)?でき|わか[らり]|含まれてい)(?:ない|ません)|不明(?:です|。|である)"
    r"|(?:명시|언급|제공|기재)[^.\n]{0,8}(?:않|없)|알 수 없"
    r"|\b(?:not|nowhere) (?:stated|mentioned|reported|given|specified|disclosed)\b"
    r"|\bdoes not (?:state|say|report|mention)\b",
    re.IGNORECASE,
)
_GUESS = re.compile(
    r"推測|推察|推定され|一般的な知識|と考えられ|と思われ|可能性が(?:あり|ある|高)|可能性(?:。|も)|でしょう"
    r"|と予想され|はずです|(?:のが|は)一般的|通常[、は]|추측|추정됩|것으로 보|일반적으로|가능성이"
    r"|\b(?:presumably|probably|likely|typically|usually|may be|might be)\b"
    r"|\b(?:we (?:can )?assume|one may assume|it is assumed)\b",
    re.IGNORECASE,
)
_OF_SOURCE = re.compile(
    r"論文|本文|著者|記述|資料|文献|논문|본문|저자|자료|\b(?:paper|article|source|authors?|text|abstract)\b",
    re.IGNORECASE,
)
_LEAST_GUESSES = 2


def guesses(document: Document, asked: Asked) -> Iterator[Remark]:
    """Remarks on admissions: that the source could not be read, or that what a part tells is guessed."""
    del asked
    for item in document.items:
        for part in item.parts:
            sentences = [one for one in item.sentences if part.blocks and _within(one, part)]
            admitted = [one for one in sentences if _UNREAD.search(one.text)]
            guessed = [one for one in sentences if _GUESS.search(one.text)]
            if admitted:
                yield _unread(document.text, admitted[0], filled=len(sentences) > len(admitted))
            elif filled := _filled(sentences, guessed):
                yield _filled_in(document.text, filled)


def _within(sentence: Sentence, part: Part) -> bool:
    return part.blocks[0].start <= sentence.start < part.blocks[-1].end


def _filled(sentences: list[Sentence], guessed: list[Sentence]) -> Sentence | None:
    """The sentence that says that the source does not tell, in a part which goes on guessing after it."""
    for at, sentence in enumerate(sentences):
        if not _UNSAID.search(sentence.text) or not _OF_SOURCE.search(sentence.text):
            continue
        own = "知識" in sentence.text or "推測です" in sentence.text
        after = [one for one in sentences[at + 1 :] if one in guessed]
        if own or (len(after) >= _LEAST_GUESSES and 2 * len(after) >= len(sentences) - at - 1):
            return sentence
    return None


def _unread(text: str, sentence: Sentence, *, filled: bool) -> Remark:
    tail = ", yet the part tells more" if filled else ""
    return Remark(
        check="guesses",
        severity="major" if filled else "minor",
        wrong=f"The text admits that its source could not be read{tail}.",
        fix="Mark the text as made without the full source, and leave out what the source was not read for.",
        where=place(text, sentence),
    )


def _filled_in(text: str, sentence: Sentence) -> Remark:
    return Remark(
        check="guesses",
        severity="major",
        wrong="The text says that its source does not tell this, and then fills the part with guesses.",
        fix='Say "not stated" and stop there, or mark the guesses as the writer\'s own.',
        where=place(text, sentence),
    )
