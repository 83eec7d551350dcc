"""Messages that ask nothing of the literature: greetings, thanks, questions about the assistant."""

import re

_LONGEST = 200
_SMALL = re.compile(
    r"(?:(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day|"
    r"night)|bye|goodbye|see you|"
    r"thanks?(?: you)?|thank you|thx|cheers|great|nice|cool|perfect|awesome|wonderful|ok|okay|got it|i see|"
    r"that(?:'s| is| was) (?:great|helpful|useful|all)|well done|please|help|help me)"
    r"(?: (?:there|colloquy|again|all|everyone|very much|so much|a lot|a bunch|for (?:the|"
    r"your) \w+|to you|you))*"
    r"|how are you(?: doing| today)*|who (?:are|made|built) you|what(?:'s| is) your name|what are you"
    r"|what (?:can|do) you do|what can i (?:ask|do)(?: you| here)?|how (?:can|do) (?:you|"
    r"i) (?:help(?: me)?|use (?:you|this))"
    r"|are you (?:an? )?(?:ai|bot|human|robot|llm|there|language model)|introduce yourself|nice to meet you"
    r"|(?:hallo|guten (?:tag|morgen|abend)|danke(?: schön| sehr)?|vielen dank|wer bist du|was kannst du"
    r"|bonjour|salut|bonsoir|merci(?: beaucoup)?|qui es-tu|qui êtes-vous"
    r"|hola|buenos días|buenas tardes|gracias|muchas gracias|quién eres)"
    r"|こんにち[はわ]|こんばん[はわ]|おはよう(?:ございます)?|はじめまして|"
    r"ありがとう(?:ございま(?:す|した))?|どうも|"
    r"よろしく(?:お願いします|お願いいたします)?|了解(?:です|しました)?|さようなら|"
    r"(?:あなた|君|きみ)は(?:誰|だれ|何)(?:ですか|者ですか)?|(?:何|なに)が(?:でき|"
    r"出来)(?:る|ます)(?:の|か|んですか)*"
    r"|안녕(?:하세요|하십니까|히 계세요)?|고마워(?:요)?|고맙습니다|감사(?:합니다|해요)|반갑습니다|"
    r"(?:너는|넌|당신은|누구)\s*누구(?:니|야|세요|예요|인가요|입니까)?|누구세요|(?:뭘|"
    r"무엇을|뭐)\s*할 수 (?:있어|있니|있나요|있습니까|있어요)"
    r"|你好(?:吗|啊)?|您好|嗨|早上好|晚上好|下午好|谢谢(?:你|您)?|多谢|感谢|再见|你是谁|"
    r"您是谁|你叫什么(?:名字)?|"
    r"你(?:能|会|可以)(?:做|干)(?:什么|些什么|啥)|你有什么功能)",
    re.IGNORECASE,
)


def is_small_talk(message: str) -> bool:
    """Whether every part of the message is a greeting, thanks or a question about the assistant."""
    if len(message) > _LONGEST:
        return False
    parts = [part.strip() for part in re.split(r"\s*[,.!?;:。、，！？~～…()]+\s*|\s+[-–—]+\s+|\n", message)]
    said = [part for part in parts if any(character.isalnum() for character in part)]
    return bool(said) and all(_SMALL.fullmatch(part) for part in said)
