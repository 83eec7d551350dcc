"""Small values that many tests need."""

from tools.types import Evidence, Hit, Paper, PaperId, Passage, PassageId


def evidence(
    label: int, paper: str, text: str = "Some text.", *, title: str = "", heading: str = "Abstract"
) -> Evidence:
    return Evidence(
        label=label,
        paper_id=PaperId(paper),
        passage_id=PassageId(f"{paper}#{label}"),
        title=title or f"Paper {paper}",
        published="2025-03",
        heading=heading,
        text=text,
        url=f"https://example.org/{paper}",
    )


def paper(name: str, title: str = "", abstract: str = "", **more: object) -> Paper:
    return Paper.model_validate({"id": name, "title": title or f"Paper {name}", "abstract": abstract} | more)


def hit(of: Paper, text: str, *, similarity: float | None = 0.5, heading: str = "Abstract") -> Hit:
    passage = Passage(id=PassageId(f"{of.id}#0"), paper_id=of.id, heading=heading, text=text)
    return Hit(passage=passage, paper=of, score=1.0, similarity=similarity)
