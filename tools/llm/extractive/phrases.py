"""The few sentences and headings that are not quoted, in the languages that are known. English otherwise."""

from typing import Literal

from tools.llm.extractive.kinds import Kind

Phrase = Literal[
    "nothing", "greeting", "off_list", "unheld", "borrowed", "unreported", "only_one", "no_figures",
    "overview", "survey", "covers", "no_papers", "scope", "order", "central", "treated", "findings", "open",
    "and", "benchmarks", "nothing_to_write", "slice", "theme",
]  # fmt: skip

_PHRASES: dict[str, dict[Phrase, str]] = {
    "en": {
        "nothing": "The retrieved passages say nothing that answers this question.",
        "greeting": "Hello. Ask me to find, summarise, compare or criticise papers in your library.",
        "off_list": "{count} further papers were retrieved but do not bear on the request.",
        "unheld": "The retrieved passages say nothing about {subject}.",
        "borrowed": "The retrieved passages hold no paper that presents {subject}; others speak of it.",
        "only_one": "Under {aspect} the retrieved passages say something of {subject} only.",
        "unreported": "The retrieved passages of *{paper}* do not report {what} [{label}].",
        "no_figures": "How large are the effects that *{paper}* reports in words but without figures [{label}]?",
        "overview": "Overview",
        "survey": "{topic}: A Survey",
        "covers": "{count} papers{span} on {phrases}.",
        "no_papers": "No papers were given for this topic.",
        "scope": "This survey covers {topic} in {count} sections, with papers{span}.",
        "order": "It proceeds from {first} to {last}, by way of {between}.",
        "central": "The most central of them set out the following.",
        "treated": "The sections of this survey treated {titles}.",
        "findings": "On *{section}*:",
        "open": "Limits that the works state remain open:",
        "and": "and",
        "benchmarks": "Benchmarks and Evaluation",
        "nothing_to_write": "The library holds no passage that speaks to this subsection.",
        "slice": "The library holds {papers} papers{span} on this, in {themes} themes.",
        "theme": "**{title}** ({papers} papers; {years})",
    },
    "ja": {
        "nothing": "検索された文献の中に、この質問に答える記述はありません。",
        "greeting": "こんにちは。ライブラリの論文の検索、要約、比較、批評ができます。",
        "off_list": "ほかに検索された{count}件の論文は、この依頼に関係しません。",
        "unheld": "検索された文献に{subject}についての記述はありません。",
        "borrowed": "検索された文献に{subject}を提案する論文はなく、記述は他の論文によるものです。",
        "only_one": "{aspect}について述べられているのは{subject}だけです。",
        "unreported": "*{paper}*の検索された部分には、{what}が報告されていません[{label}]。",
        "no_figures": "*{paper}*が数値なしで述べる効果は、どれほどの大きさですか[{label}]？",
        "overview": "概要",
        "survey": "{topic}：サーベイ",
        "covers": "{phrases}に関する論文{count}件{span}。",
        "no_papers": "この主題の論文は与えられていません。",
        "scope": "本サーベイは{topic}を{count}節で扱います{span}。",
        "order": "{first}から始め、{between}を経て、{last}に至ります。",
        "central": "中心となる文献は次のことを述べています。",
        "treated": "本サーベイは{titles}を扱いました。",
        "findings": "*{section}*：",
        "open": "文献自身が述べる、残された限界：",
        "and": "と",
        "benchmarks": "ベンチマークと評価",
        "nothing_to_write": "この小節に関する記述はライブラリにありません。",
        "slice": "ライブラリにはこれに関する論文が{papers}件あり{span}、{themes}つのテーマに分かれます。",
        "theme": "**{title}**（{papers}件；{years}）",
    },
    "ko": {
        "nothing": "검색된 문헌에는 이 질문에 답하는 내용이 없습니다.",
        "greeting": "안녕하세요. 라이브러리의 논문을 찾고 요약하고 비교하고 비평해 드립니다.",
        "off_list": "그 밖에 검색된 논문 {count}편은 요청과 관련이 없습니다.",
        "unheld": "검색된 문헌에는 {subject}에 관한 내용이 없습니다.",
        "borrowed": "검색된 문헌에는 {subject}을(를) 제안한 논문이 없으며, 내용은 다른 논문에서 나온 것입니다.",
        "only_one": "{aspect}에 관해서는 {subject}만 언급됩니다.",
        "unreported": "*{paper}*의 검색된 부분에는 {what}이(가) 보고되어 있지 않습니다 [{label}].",
        "no_figures": "*{paper}*이(가) 수치 없이 말한 효과는 얼마나 큽니까 [{label}]?",
        "overview": "개요",
        "survey": "{topic}: 서베이",
        "covers": "{phrases}에 관한 논문 {count}편{span}.",
        "no_papers": "이 주제의 논문이 주어지지 않았습니다.",
        "scope": "이 서베이는 {topic}을(를) {count}개 절에서 다룹니다{span}.",
        "order": "{first}에서 시작하여 {between}을(를) 거쳐 {last}(으)로 나아갑니다.",
        "central": "중심이 되는 문헌은 다음을 말합니다.",
        "treated": "이 서베이는 {titles}을(를) 다루었습니다.",
        "findings": "*{section}*:",
        "open": "문헌이 스스로 밝힌 남은 한계:",
        "and": "및",
        "benchmarks": "벤치마크와 평가",
        "nothing_to_write": "라이브러리에는 이 소절에 관한 내용이 없습니다.",
        "slice": "라이브러리에는 이에 관한 논문이 {papers}편 있으며{span}, {themes}개 주제로 나뉩니다.",
        "theme": "**{title}** ({papers}편; {years})",
    },
    "zh": {
        "nothing": "检索到的文献中没有回答这个问题的内容。",
        "greeting": "您好。我可以查找、总结、比较和评析您文献库中的论文。",
        "off_list": "另外检索到的{count}篇论文与该请求无关。",
        "unheld": "检索到的文献中没有关于{subject}的内容。",
        "borrowed": "检索到的文献中没有提出{subject}的论文，相关内容来自其他论文。",
        "only_one": "关于{aspect}，检索到的文献只提到{subject}。",
        "unreported": "*{paper}*的检索片段没有报告{what}[{label}]。",
        "no_figures": "*{paper}*未给出数值的效果究竟有多大[{label}]？",
        "overview": "概述",
        "survey": "{topic}：综述",
        "covers": "关于{phrases}的{count}篇论文{span}。",
        "no_papers": "没有给出该主题的论文。",
        "scope": "本综述分{count}节讨论{topic}{span}。",
        "order": "从{first}开始，经过{between}，最后是{last}。",
        "central": "最核心的文献指出：",
        "treated": "本综述讨论了{titles}。",
        "findings": "关于*{section}*：",
        "open": "文献自述的未解局限：",
        "and": "与",
        "benchmarks": "基准与评估",
        "nothing_to_write": "文献库中没有关于该小节的内容。",
        "slice": "文献库中有 {papers} 篇相关论文{span}，分为 {themes} 个主题。",
        "theme": "**{title}**（{papers} 篇；{years}）",
    },
}

_KINDS: dict[str, dict[Kind, str]] = {
    "en": {"problem": "Problem", "approach": "Approach", "data": "Data and evaluation", "results": "Results",
           "cost": "Cost", "limits": "Limits"},
    "ja": {"problem": "課題", "approach": "手法", "data": "データと評価", "results": "結果", "cost": "コスト",
           "limits": "限界"},
    "ko": {"problem": "문제", "approach": "방법", "data": "데이터와 평가", "results": "결과", "cost": "비용",
           "limits": "한계"},
    "zh": {"problem": "问题", "approach": "方法", "data": "数据与评估", "results": "结果", "cost": "成本",
           "limits": "局限"},
}  # fmt: skip

_MISSING: dict[str, dict[Kind, str]] = {
    "en": {"problem": "what earlier work lacks", "approach": "how the method works",
           "data": "the data or benchmarks it was tested on", "results": "results",
           "cost": "what the method costs to run", "limits": "limitations"},
    "ja": {"problem": "先行研究の不足", "approach": "手法の仕組み", "data": "評価に用いたデータ", "results": "結果",
           "cost": "実行コスト", "limits": "限界"},
    "ko": {"problem": "기존 연구의 한계", "approach": "방법의 작동 방식", "data": "평가 데이터", "results": "결과",
           "cost": "실행 비용", "limits": "한계"},
    "zh": {"problem": "已有工作的不足", "approach": "方法的原理", "data": "评估数据", "results": "结果",
           "cost": "运行成本", "limits": "局限"},
}  # fmt: skip

_AGENTS: dict[str, dict[str, str]] = {
    "en": {"retriever": "Papers", "summarizer": "Summary", "comparer": "Comparison", "critic": "Critique",
           "answerer": "Answer"},
    "ja": {"retriever": "論文", "summarizer": "要約", "comparer": "比較", "critic": "批評", "answerer": "回答"},
    "ko": {"retriever": "논문", "summarizer": "요약", "comparer": "비교", "critic": "비평", "answerer": "답변"},
    "zh": {"retriever": "论文", "summarizer": "摘要", "comparer": "比较", "critic": "评析", "answerer": "回答"},
}  # fmt: skip


def phrase(name: Phrase, language: str, **holes: str | int) -> str:
    """The phrase in `language` with its holes filled."""
    return _PHRASES[_known(language)][name].format_map(holes)


def kind_name(kind: Kind, language: str) -> str:
    """What a kind of sentence is called in a heading."""
    return _KINDS[_known(language)][kind]


def missing(kind: Kind, language: str) -> str:
    """What is missing when no sentence is of this kind."""
    return _MISSING[_known(language)][kind]


def agent_heading(agent: str, language: str) -> str:
    """What the contribution of an agent is headed."""
    return _AGENTS[_known(language)].get(agent) or " ".join(agent.split()).strip("#|*_ ")[:60].capitalize() or "—"


def span(years: list[int], language: str) -> str:
    """The years as they follow a number of papers: " from 2023 to 2025"; empty when none is known."""
    if not years:
        return ""
    first, last = min(years), max(years)
    if _known(language) != "en":
        return f"（{first}–{last}）" if first != last else f"（{first}）"
    return f" from {first} to {last}" if first != last else f" from {first}"


def listed(items: list[str], language: str) -> str:
    """The items as a list within a sentence."""
    if _known(language) != "en":
        return "、".join(items) if _known(language) != "ko" else ", ".join(items)
    if len(items) < 3:
        return " and ".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def _known(language: str) -> str:
    code = language.lower()[:2]
    return code if code in _PHRASES else "en"
