"""The few fixed sentences the service says itself, in the languages it knows. English otherwise."""

from typing import Literal

Notice = Literal[
    "extractive",
    "extractive_draft",
    "degraded",
    "broken",
    "budget",
    "not_written",
    "unverified",
    "nothing",
    "ask_in_english",
    "nothing_fits",
    "introduction",
    "conclusion",
    "abstract",
    "open_problems",
    "quoted_instead",
    "greeting",
    "references",
    "records",
    "missing",
    "outside",
    "cut",
    "service",
    "conversation",
    "shown",
    "disputed",
]

_TEXTS: dict[str, dict[Notice, str]] = {
    "en": {
        "extractive": "Extractive answer: sentences quoted from your library; no language model wrote this.",
        "extractive_draft": "Extractive draft: sentences quoted from your library; no language model wrote this.",
        "degraded": "Language models failed on this, so the answer is extractive, wholly or in part: quoted from your library.",
        "broken": "The model's answer broke off here.",
        "budget": "The budget was used up before this answer was finished.",
        "not_written": "Not written: the budget was used up.",
        "unverified": "Sentences marked [unverified] cite what is not among the retrieved passages.",
        "nothing": (
            "I found nothing about this in the library, so I will not answer it from memory. "
            "Try other words, or add papers with `colloquy library add FILE`."
        ),
        "nothing_fits": "None of the papers found serves this request.",
        "ask_in_english": "Without a language model only a few terms are translated: ask in the language of the papers.",
        "greeting": (
            "Hello. I answer questions about the papers in your library, with citations: ask me to find, "
            "summarise, compare or criticise papers, or to outline or draft a survey."
        ),
        "references": "References",
        "introduction": "Introduction",
        "conclusion": "Conclusion",
        "abstract": "Abstract",
        "open_problems": "Open problems",
        "quoted_instead": "No model could write this ({why}): what follows is quoted from its papers.",
        "records": "Answered from the library's records, without a language model.",
        "missing": "The library holds nothing about: {what}.",
        "outside": "Papers in the library that bear on this without the limit to {only}: {count}.",
        "cut": "Drawn from {count} papers, the nearest to this or the newest; the library has more.",
        "service": (
            "I am Colloquy. I answer from the papers in your library, with citations that were checked, and from nothing "
            "else: ask me to find, summarise, compare or criticise papers, or to outline or draft a survey. Papers are "
            "added with `colloquy library add FILE`."
        ),
        "conversation": ("Without a language model I cannot put earlier answers into other words. So far you asked:"),
        "shown": "shown: {what}",
        "disputed": "Disputed: it is said that “{one}”{cites}, but also that “{other}”{others}.",
    },
    "ja": {
        "extractive": "抽出型の回答です。ライブラリの文をそのまま引用したもので、言語モデルは使っていません。",
        "extractive_draft": "抽出型の草稿です。ライブラリの文をそのまま引用したもので、言語モデルは使っていません。",
        "degraded": "言語モデルが応答しなかったため、回答の全部または一部はライブラリからの引用（抽出型）です。",
        "broken": "モデルの回答はここで途切れました。",
        "budget": "予算を使い切ったため、この回答は途中までです。",
        "not_written": "未執筆：予算を使い切りました。",
        "unverified": "[unverified] の付いた文は、検索された文献に存在しないものを引用しています。",
        "nothing": (
            "この件に関する文献はライブラリに見つかりませんでした。記憶だけで答えることはしません。"
            "別の言葉で試すか、`colloquy library add FILE` で論文を追加してください。"
        ),
        "nothing_fits": "見つかった論文の中に、この依頼に合うものはありません。",
        "ask_in_english": "言語モデルがない場合、訳せるのは一部の用語だけです。論文の言語（多くは英語）で質問してください。",
        "greeting": (
            "こんにちは。ライブラリの論文について、出典付きで答えます。論文の検索、要約、比較、批評、"
            "サーベイの構成案や草稿の作成ができます。"
        ),
        "references": "参考文献",
        "introduction": "はじめに",
        "conclusion": "おわりに",
        "abstract": "概要",
        "open_problems": "未解決の問題",
        "quoted_instead": "この部分はモデルが書けなかったため（{why}）、以下は文献からの引用です。",
        "records": "ライブラリの書誌から答えました。言語モデルは使っていません。",
        "missing": "ライブラリに次のものに関する文献はありません：{what}。",
        "outside": "{only} という限定がなければ、関係する論文がライブラリに{count}件あります。",
        "cut": "最も近い、または最新の{count}件の論文に基づきます。ライブラリには他にもあります。",
        "service": (
            "Colloquy です。ライブラリの論文だけに基づき、検証済みの出典を付けて答えます。論文の検索、要約、比較、批評、"
            "サーベイの構成案や草稿の作成ができます。論文は `colloquy library add FILE` で追加します。"
        ),
        "conversation": "言語モデルがないため、以前の回答を言い換えることはできません。これまでの質問：",
        "shown": "提示した論文：{what}",
        "disputed": "見解が分かれています：「{one}」{cites}とする一方、「{other}」{others}ともされています。",
    },
    "ko": {
        "extractive": "추출형 답변입니다. 라이브러리의 문장을 그대로 인용했으며 언어 모델이 작성하지 않았습니다.",
        "extractive_draft": "추출형 초안입니다. 라이브러리의 문장을 그대로 인용했으며 언어 모델이 작성하지 않았습니다.",
        "degraded": "언어 모델이 응답하지 않아 답변의 전부 또는 일부가 라이브러리 인용(추출형)입니다.",
        "broken": "모델의 답변이 여기서 끊겼습니다.",
        "budget": "예산을 모두 사용하여 이 답변은 완성되지 않았습니다.",
        "not_written": "작성되지 않음: 예산을 모두 사용했습니다.",
        "unverified": "[unverified] 표시가 있는 문장은 검색된 문헌에 없는 것을 인용하고 있습니다.",
        "nothing": (
            "이에 관한 내용을 라이브러리에서 찾지 못했으므로 기억에 의존해 답하지 않습니다. "
            "다른 표현으로 시도하거나 `colloquy library add FILE`로 논문을 추가하세요."
        ),
        "nothing_fits": "찾은 논문 가운데 이 요청에 맞는 것이 없습니다.",
        "ask_in_english": "언어 모델이 없으면 일부 용어만 번역됩니다. 논문의 언어(대개 영어)로 질문하세요.",
        "greeting": (
            "안녕하세요. 라이브러리의 논문에 대해 출처를 밝혀 답합니다. 논문 찾기, 요약, 비교, 비평, "
            "서베이 개요와 초안 작성을 요청하세요."
        ),
        "references": "참고문헌",
        "introduction": "서론",
        "conclusion": "결론",
        "abstract": "초록",
        "open_problems": "미해결 과제",
        "quoted_instead": "모델이 이 부분을 쓰지 못하여({why}) 아래는 논문에서 인용한 것입니다.",
        "records": "라이브러리의 서지에서 답했으며 언어 모델은 사용하지 않았습니다.",
        "missing": "라이브러리에 다음에 관한 문헌이 없습니다: {what}.",
        "outside": "{only} 제한이 없으면 관련 논문이 라이브러리에 {count}편 있습니다.",
        "cut": "가장 가깝거나 가장 새로운 논문 {count}편을 바탕으로 합니다. 라이브러리에는 더 있습니다.",
        "service": (
            "저는 Colloquy입니다. 라이브러리의 논문만을 근거로, 확인된 출처를 밝혀 답합니다. 논문 찾기, 요약, 비교, 비평, "
            "서베이 개요와 초안 작성을 요청하세요. 논문은 `colloquy library add FILE`로 추가합니다."
        ),
        "conversation": "언어 모델이 없어 이전 답변을 바꿔 말할 수 없습니다. 지금까지의 질문:",
        "shown": "제시한 논문: {what}",
        "disputed": "견해가 갈립니다: “{one}”{cites}라는 주장과 “{other}”{others}라는 주장이 있습니다.",
    },
    "zh": {
        "extractive": "抽取式回答：句子均引自您的文献库，未使用语言模型撰写。",
        "extractive_draft": "抽取式初稿：句子均引自您的文献库，未使用语言模型撰写。",
        "degraded": "语言模型未能作答；本回答全部或部分为引自文献库的抽取式内容。",
        "broken": "模型的回答在此中断。",
        "budget": "预算已用完，此回答未能全部完成。",
        "not_written": "未撰写：预算已用完。",
        "unverified": "标有 [unverified] 的句子引用了不在检索结果中的内容。",
        "nothing": "文献库中没有找到相关内容，因此不会凭记忆作答。请换一种说法，或用 `colloquy library add FILE` 添加论文。",
        "nothing_fits": "找到的论文都不符合这一请求。",
        "ask_in_english": "没有语言模型时只能翻译少数术语：请用论文的语言（多为英文）提问。",
        "greeting": "您好。我根据您文献库中的论文作答并注明出处：可以查找、总结、比较、评析论文，或拟定综述提纲与初稿。",
        "references": "参考文献",
        "introduction": "引言",
        "conclusion": "结论",
        "abstract": "摘要",
        "open_problems": "未解决的问题",
        "quoted_instead": "模型未能撰写此部分（{why}），以下引自其文献。",
        "records": "根据文献库的记录作答，未使用语言模型。",
        "missing": "文献库中没有关于以下内容的文献：{what}。",
        "outside": "若不限于 {only}，文献库中有 {count} 篇相关论文。",
        "cut": "基于最接近或最新的 {count} 篇论文；文献库中还有更多。",
        "service": (
            "我是 Colloquy，只根据您文献库中的论文作答，并给出经过核对的出处：可以查找、总结、比较、评析论文，或拟定综述提纲与"
            "初稿。用 `colloquy library add FILE` 添加论文。"
        ),
        "conversation": "没有语言模型时无法改写先前的回答。到目前为止您问过：",
        "shown": "已给出的论文：{what}",
        "disputed": "说法不一：一说“{one}”{cites}，一说“{other}”{others}。",
    },
}


def notice(name: Notice, language: str, **holes: str | int) -> str:
    """The sentence `name` in `language` (ISO 639-1) with its holes filled, in English where it is not known."""
    text = _TEXTS.get(language.lower()[:2], _TEXTS["en"])[name]
    return text.format_map(holes) if holes else text


def is_reference_heading(line: str) -> bool:
    """Whether the line is the heading over a reference list of ours."""
    return line.strip().strip("*") in {texts["references"] for texts in _TEXTS.values()} and line.startswith("**")
