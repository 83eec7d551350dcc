"""What a message is aimed at: the papers, the service itself, or the conversation so far; and whether broadly."""

# ruff: noqa: E501  one cue a line reads better than many pieces of cues

import re

from tools.llm.extractive.commands import subject_matter
from tools.llm.extractive.tokens import terms

_I = re.IGNORECASE
_READ = 600
_LONGEST = 400

_SERVICE = re.compile(
    r"\b(?:what|which) (?:\w+ ){0,3}(?:files?|formats?|models?|experts?|languages?) (?:can|do|does|are) "
    r"(?:you|i|we|it|colloquy)\b"
    r"|\bhow (?:can|do|does|should|would) (?:i|we|you|colloquy|this (?:service|assistant|tool)) "
    r"(?:use (?:you|this|colloquy)|add|upload|import|remove|delete|cite|work|choose|pick|check|verify|help|search|find)\b"
    r"(?=\W*$| (?:a |my |new |more |your |the |some )*(?:papers?|pdfs?|files?|sources?|citations?|experts?|models?|"
    r"answers?|documents?|bibtex|references)\b(?! (?:on|about|for|with|in)\b))"
    r"|\bwhat (?:is|are) (?:colloquy|this (?:service|assistant|tool))\b|\bwho (?:made|built|wrote|runs) "
    r"(?:colloquy|you|this (?:service|assistant|tool))\b"
    r"|\b(?:can|do|are) you (?:a |an )?(?:read|see|open|access|search|browse|use|remember|know|able|connected)\b"
    r"[^.?!]{0,30}\b(?:pdfs?|files?|internet|web|online|conversations?|chats?|images?|pictures?)\b"
    r"|\bwhich (?:llms?|language models?|models?) (?:are you|do you|is this)\b|\bare you (?:chatgpt|gpt|claude|gemini)\b"
    r"|論文(?:を|は)(?:どう(?:やって|すれば)?|どのように)[^。？]{0,12}(?:追加|登録|取り込|アップロード|削除)"
    r"|(?:このサービス|このツール|colloquy)(?:は|の|で)[^。？]{0,16}(?:何|なに|使い方|でき)"
    r"|(?:どの|何の)(?:言語)?モデルを使って(?:い|る)"
    r"|논문(?:을|은)\s*어떻게\s*(?:추가|등록|업로드|삭제)|이 (?:서비스|도구)(?:는|로|의)[^.?]{0,16}(?:무엇|뭐|사용법|할 수)"
    r"|어떤 (?:언어 )?모델을 (?:사용|쓰)"
    r"|论文(?:怎么|如何|怎样)(?:添加|上传|导入|删除)|(?:怎么|如何|怎样)(?:添加|上传|导入|删除)(?:新)?(?:的)?(?:论文|文献|文件)|这个(?:服务|工具|助手)[^。？]{0,12}(?:什么|怎么|能)"
    r"|你(?:用的是|使用)(?:什么|哪个)模型",
    _I,
)
_SAID = (
    r"(?:(?:your|that|this|the|my) (?:\w+ )?(?:last |previous |first |earlier )?(?:answers?|repl(?:y|ies)|response|"
    r"questions?|message)|(?:our|this|the) (?:conversation|chat|discussion|dialogue)"
    r"|what (?:you|i|we)(?:'ve| have)? (?:just |already )?(?:said|asked|wrote|told|discussed|talked)"
    r"|you (?:just )?(?:said|wrote|told me|answered|mentioned))"
)
_CONVERSATION = re.compile(
    rf"^(?:\W|\b(?:please|can|could|would|you|now|and|then|ok|okay|so|also)\b)*(?:shorten|simplify|rephrase|reword|rewrite|"
    rf"translate|repeat|reformat|clarify|condense|expand on|proofread|polish)\b[^.?!]{{0,40}}"
    rf"(?:\b(?:it|that|this|them|again|everything|all)\b|{_SAID})"
    rf"|\b(?:summari[sz]e|recap|sum up|list|repeat|continue) (?:\w+ ){{0,3}}{_SAID}"
    rf"|\b(?:what|which (?:papers?|questions?)|how many (?:questions?|papers?)) (?:did|have|had) (?:i|we|you) "
    rf"(?:just |already |first |last )?(?:ask\w*|said|say|talk\w*|discuss\w*|show\w*|tell|told|mention\w*|cited?|cover\w*)\b"
    rf"|\bwhat was (?:my|your) (?:first|last|previous|earlier) (?:question|answer|message)\b"
    rf"|\b(?:in|into|as) (?:simpler (?:words|terms)|plain(?:er)? (?:words|english|language)|(?:a )?(?:table|bullet points?|"
    rf"list))\W*(?:please)?\W*$"
    rf"|^\W*(?:(?:say|write|put|give|answer|repeat)(?: me)? )?(?:it |that |this |the same )?(?:again )?(?:in|auf|en) "
    rf"(?:english|japanese|korean|chinese|german|french|spanish|deutsch|français|español)\W*(?:please|bitte)?\W*$"
    rf"|^\W*(?:shorter|longer|simpler|more concise(?:ly)?|be (?:brief|shorter))\W*(?:please)?\W*$"
    rf"|(?:deine|ihre|die letzte|letzte) antwort|(?:ta|votre|dernière) réponse|(?:tu|su|última) respuesta"
    rf"|(?:今|さっき|先ほど|前|上)の(?:回答|答え|質問|説明|話)|(?:これまで|今まで)の(?:会話|やりとり|話)|(?:私|僕)(?:は|が)(?:何|なに)を(?:聞|質問)"
    rf"|^\W*(?:もっと|もう少し)?(?:短く|簡単に|簡潔に|わかりやすく)(?:して|言って|まとめて|説明して)?(?:ください|下さい)?\W*$"
    rf"|^\W*(?:英語|日本語|中国語|韓国語)(?:で|に)(?:お願い|訳して|翻訳して|言って|書いて)?(?:します|ください)?\W*$"
    rf"|(?:방금|아까|이전|앞|위)(?:의)?\s*(?:답변|대답|질문|설명)|(?:지금까지|우리)의?\s*대화|내가 (?:뭘|무엇을|뭐라고) (?:물|질문)"
    rf"|^\W*(?:더|좀 더)?\s*(?:짧게|간단히|간단하게|쉽게)\s*(?:해|말해|설명해|요약해)?\s*(?:줘|주세요)?\W*$"
    rf"|(?:刚才|上面|之前|前面|刚刚)的?(?:回答|答案|问题|解释)|(?:我们的?|这次|目前的?)(?:对话|谈话|聊天)|我(?:刚才|之前|都)?问了?(?:什么|哪些)"
    rf"|^\W*(?:请|再|更)*(?:简短|简单|简洁|通俗)(?:一?点|一些|地说)?(?:说|解释)?(?:一下)?\W*$",
    _I,
)
_TREND = (
    r"trends?|state of the art|landscapes?|big picture|research directions?|directions|current directions?|"
    r"(?:recent |latest |current |main )?(?:developments?|advances?|progress)|main (?:themes|topics|ideas|approaches|"
    r"lines of (?:work|research)|strands)|(?:open )?challenges|hot topics|overview|evolution"
)
_LIBRARY = (
    r"(?:(?:my|your|our|the|this) (?:\w+ )?(?:library|collection|papers)|(?:ライブラリ|文献庫|蔵書)|(?:라이브러리|서재)|"
    r"(?:文献库|论文库|图书馆|资料库))"
)
_BROAD = re.compile(
    rf"\b(?:{_TREND})\b(?: \w+){{0,3}}? (?:in|of|on|for|within|around|across)\b"
    rf"|\b(?:what|which) (?:\w+ ){{0,2}}(?:topics?|themes?|areas?|subjects?|fields?) (?:does|do|is|are)\b[^?]*(?:{_LIBRARY}|"
    rf"\bcover(?:ed)?\b|\bhave\b)"
    rf"|\bwhat (?:do(?:es)?|can|is|are)\b[^?]{{0,20}}{_LIBRARY}\b[^?]*\b(?:says?|tells?|contains?|holds?|knows?|covers?|about|"
    rf"have|offer)\b"
    rf"|\bwhat is (?:known|being done|going on|new|happening)\b|\bhow (?:has|have|did) .{{2,80}}"
    rf"\b(?:evolv\w+|develop\w*|chang\w+|progress\w*)\b"
    rf"|\b(?:summari[sz]e|describe|characteri[sz]e|map) (?:(?:all|the|my|our|recent|current) )*(?:research|literature|field|"
    rf"library|papers|work)(?: (?:on|about|in))?\b"
    rf"|\bwhat (?:are|is) (?:people|researchers|everyone|the field) (?:working|doing)\b"
    rf"|\bwhat (?:kinds?|types?|sorts?) of (?:papers?|research|work|methods|approaches|topics)\b"
    rf"|動向|トレンド|傾向|全体像|概観|俯瞰|潮流|最前線|どのような(?:研究|論文|テーマ|分野|トピック)|どんな(?:研究|論文|テーマ|分野|トピック)"
    rf"|ライブラリ(?:に|は|には|の)[^。？]*(?:何|なに|どんな|どのような|内容|テーマ|分野)"
    rf"|동향|트렌드|추세|흐름|전반|전체\s*그림|어떤\s*(?:연구|논문|주제|분야)|라이브러리[^.?]*(?:무엇|무슨|어떤|내용|주제)"
    rf"|趋势|动向|动态|现状|概况|全貌|进展|热点|研究方向|(?:文献|论文|资料)库[^。？]*(?:什么|哪些|内容|主题)|有哪些(?:研究|方向|主题|领域)",
    _I,
)
_TOPIC_LESS = re.compile(
    rf"\b(?:{_TREND})\b(?: (?:in|of|on|for|within|around|across))?|{_LIBRARY}|\b(?:say|says|tell|cover|covers|covered|contain|"
    rf"contains|hold|holds|know|known|being done|evolved?|developed|changed|over (?:time|the years)|literature|research|field|"
    rf"topics?|themes?|areas?|subjects?|papers?|work|people|working|kinds?|types?|about|on|in)\b|研究|論文|動向|トレンド|傾向|全体像|"
    rf"概観|潮流|最前線|どのような|どんな|何|教えて|まとめて|説明して|ください|연구|논문|동향|트렌드|추세|흐름|전반|어떤|무엇|알려|설명|"
    rf"주세요|요약|정리|해|趋势|动向|动态|现状|概况|全貌|进展|热点|方向|主题|领域|论文|有哪些|哪些|什么|总结|介绍",
    _I,
)


_HELPING = re.compile(r"^(?:has|have|did|does|do|is|are) ", _I)


def is_about_service(message: str) -> bool:
    """Whether the message asks what the service is, can do, or how it is used."""
    return len(message) <= _LONGEST and bool(_SERVICE.search(message))


def is_about_conversation(message: str) -> bool:
    """Whether the message is about what was said in the conversation, not about papers."""
    return len(message) <= _LONGEST and bool(_CONVERSATION.search(message))


def is_broad(question: str) -> bool:
    """Whether the question asks for the whole of a field or of the library, such as its trends."""
    return len(question) <= _READ and bool(_BROAD.search(question))


def broad_topic(question: str) -> str:
    """The field that a broad question is about; empty where it is the library as a whole."""
    for text in (subject_matter(question), question):
        topic = " ".join(_TOPIC_LESS.sub(" ", text).split()).strip(" ,.:?!。：？！'’のはをがに의은는이가을를的")
        if terms(topic):
            return _HELPING.sub("", topic)
    return ""
