"""How fast PDFs are read, and of how many of them the parts are found.

    uv run python -m tests.bench.pdf --data FOLDER [--limit 100] [--json FILE]

Every file is read as an ingest reads it, in a process of its own. The baseline is pdfium alone giving
the same pages' text in the order of the file, in a single process without limits.
"""

import argparse
import json
import statistics
import time
from collections import Counter
from pathlib import Path

import pypdfium2 as pdfium
from rich.progress import track

from tools.library.ingest.pdf import read_pdf
from tools.types import Paper


def plain_text(path: Path) -> int:
    """How many pages pdfium gave the text of; 0 if it cannot open the file."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError:
        return 0
    with document:
        for page in document:
            text_page = page.get_textpage()
            text_page.get_text_range()
            text_page.close()
            page.close()
        return len(document)


def measure(files: list[Path]) -> dict[str, float]:
    """The figures over the files."""
    pages, baseline_s, seconds = 0, 0.0, list[float]()
    found: Counter[str] = Counter()
    for path in track(files, "reading"):
        started = time.perf_counter()
        pages += plain_text(path)
        baseline_s += time.perf_counter() - started
        started = time.perf_counter()
        entries = list(read_pdf(path))
        seconds.append(time.perf_counter() - started)
        for paper in (entry for entry in entries if isinstance(entry, Paper)):
            found["read"] += 1
            found["abstract"] += bool(paper.abstract)
            found["authors"] += bool(paper.authors)
            found["three_headings"] += sum(bool(section.heading) for section in paper.sections) >= 3
            found["references"] += bool(paper.references)
    total = sum(seconds)
    return {
        "files": len(files),
        "pages": pages,
        "refused": len(files) - found["read"],
        **{f"with_{name}": found[name] for name in ("abstract", "authors", "three_headings", "references")},
        "pages_per_s": pages / total,
        "baseline_pages_per_s": pages / baseline_s,
        "time_ratio": total / baseline_s,
        "file_median_s": statistics.median(seconds),
        "file_slowest_s": max(seconds),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=1_000)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    files = sorted(options.data.rglob("*.pdf"))[: options.limit]
    if not files:
        parser.error(f"there is no PDF below {options.data}")
    figures = measure(files)
    for name, value in figures.items():
        print(f"{name:<24} {value:>9.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
