"""The critic's checks over real texts: what each finds in each file, to be looked at for false alarms.

    python -m tests.bench.critic --data DIR [--forms] [--show CHECK|all] [--papers FILE.jsonl[.xz]]
    python -m tests.bench.critic --papers FILE.jsonl.xz --abstracts 4000

DIR holds *.txt and *.md files. With papers, items of digests are held against the abstracts and the authors of the
papers with their arXiv ids. With `--abstracts`, so many abstracts under their titles are checked instead of files:
nearly all are clean, so that most of what is found there would be false alarms. No model is called.
"""

import argparse
import json
import lzma
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from agents.critic.asked import FORM_NAMES, Asked, ReferenceEntry, Source
from agents.critic.checked import CHECKS, checked
from agents.critic.checks.matching import arxiv_id
from agents.critic.remark import Remark
from agents.critic.text import Document, read_text

_EVERY = 25


def main() -> None:
    options = _options()
    papers = list(papers_in(options.papers)) if options.papers else []
    if options.abstracts:
        _abstracts(papers[::_EVERY][: options.abstracts], options.show)
        return
    known = {str(paper["arxiv_id"]): paper for paper in papers if paper.get("arxiv_id")}
    rows: list[tuple[str, int, int, float, Counter[str]]] = []
    for number, path in enumerate(sorted((*options.data.glob("*.txt"), *options.data.glob("*.md")))):
        text = path.read_text("utf-8")
        started = time.perf_counter()
        document = read_text(text)
        found = [known[one] for item in document.items if (one := arxiv_id(item.url)) in known]
        form = FORM_NAMES[number] if options.forms and number < len(FORM_NAMES) else None
        reports, remarks = checked(document, _asked(text, form, found))
        seconds = time.perf_counter() - started
        counts = Counter({one.name: one.found for one in reports})
        rows.append((path.name, len(document.items), len(found), seconds, counts))
        _show(remarks, document, path.name[:3], options.show)
    names = [check.name for check in CHECKS]
    print("| file | items | with abstract | seconds | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 4))
    for name, items, with_abstract, seconds, counts in rows:
        cells = " | ".join(str(counts[check] or "") for check in names)
        print(f"| {name[:12]} | {items} | {with_abstract or ''} | {seconds:.2f} | {cells} |")


def _abstracts(papers: list[dict[str, object]], show: str) -> None:
    counts: Counter[tuple[str, str]] = Counter()
    started = time.perf_counter()
    for paper in papers:
        text = f"# {paper['title']}\n\n{paper['abstract']}\n"
        document = read_text(text)
        remarks = checked(document, Asked(text=text, request="Write the abstract of the paper"))[1]
        counts.update((one.check, one.severity) for one in remarks)
        _show(remarks, document, str(paper["id"]), show)
    print(f"{len(papers):,} abstracts in {time.perf_counter() - started:.1f} s")
    print("| check | severity | found |\n|---|---|---|")
    for (check, severity), count in counts.most_common():
        print(f"| {check} | {severity} | {count} |")


def _asked(text: str, form: str | None, papers: list[dict[str, object]]) -> Asked:
    sources = [
        Source(id=str(one["arxiv_id"]), title=str(one["title"]), text=f"{one['abstract']}", published=f"{one['year']}")
        for one in papers
        if one.get("abstract")
    ]
    records = [ReferenceEntry.model_validate(_entry(one)) for one in papers]
    return Asked.model_validate({"text": text, "format": form, "sources": sources, "records": records})


def _entry(paper: dict[str, object]) -> dict[str, object]:
    return {"id": paper["arxiv_id"], "title": paper["title"], "authors": paper["authors"], "year": paper["year"]}


def _show(remarks: tuple[Remark, ...], document: Document, name: str, show: str) -> None:
    for remark in remarks:
        if show in (remark.check, "all"):
            line = document.text.count("\n", 0, remark.where.start) + 1 if remark.where else 0
            quote = remark.where.quote if remark.where else ""
            print(f"{name}:{line} {remark.check}/{remark.severity}: {remark.wrong}\n      | {quote}")


def papers_in(path: Path) -> Iterator[dict[str, object]]:
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            paper = json.loads(line)
            if paper.get("abstract"):
                yield paper


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(), help="folder of texts")
    parser.add_argument("--papers", type=Path, help="papers as JSONL, may be packed with xz")
    parser.add_argument("--abstracts", type=int, default=0, help="check so many abstracts of the papers instead")
    parser.add_argument("--show", default="", help="print the findings of this check, or of all")
    parser.add_argument("--forms", action="store_true", help="check the n-th file against the n-th form of digest")
    return parser.parse_args()


if __name__ == "__main__":
    main()
