"""How well the critic tells texts apart without any model: each item of digests against its own paper, beside the
text of another paper and beside empty praise.

    python -m tests.bench.critic_measured --data DIR --papers FILE.jsonl[.xz]

A text should score higher on its own paper than another text does. No model is called.
"""

import argparse
import asyncio
from pathlib import Path
from statistics import mean

from agents.critic.asked import Asked, Source
from agents.critic.checks.matching import arxiv_id
from agents.critic.critique import CriticDeps, critique_text
from agents.critic.judges import NULL_TEXT
from agents.critic.text import read_text
from server.embedding import DEFAULT, named_embedder
from server.settings import Settings
from tests.bench.critic import papers_in
from tools.llm.extractive.model import ExtractiveModel
from tools.llm.pool import pool_of_one


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--papers", type=Path, required=True)
    options = parser.parse_args()
    known = {str(paper["arxiv_id"]): paper for paper in papers_in(options.papers) if paper.get("arxiv_id")}
    deps = CriticDeps(pool_of_one(ExtractiveModel(named_embedder(Settings(), DEFAULT).embed)))
    for path in sorted(options.data.glob("*.txt")):
        document = read_text(path.read_text("utf-8"))
        items = [(item, known[one]) for item in document.items if (one := arxiv_id(item.url)) in known]
        texts = [document.text[item.start : item.end] for item, _ in items]
        if len(items) < 2:
            continue
        rows = []
        for number, (_, paper) in enumerate(items):
            source = Source(id=str(paper["arxiv_id"]), title=str(paper["title"]), text=str(paper["abstract"]))
            request = f"Summarise the paper {paper['title']}"
            versions = (texts[number], texts[(number + 1) % len(texts)], NULL_TEXT)
            asked = [Asked(text=text, request=request, sources=(source,)) for text in versions]
            reports = [await critique_text(one, deps) for one in asked]
            rows.append([report.overall.score for report in reports])
        own, other, praise = (mean(column) for column in zip(*rows, strict=True))
        right = sum(row[0] > row[1] for row in rows), sum(row[0] > row[2] for row in rows)
        print(f"{path.name[:12]}: {len(rows)} items; own {own:.2f}, another's {other:.2f}, praise {praise:.2f}")
        print(f"    own above another's {right[0]} times, above praise {right[1]} times")


if __name__ == "__main__":
    asyncio.run(main())
