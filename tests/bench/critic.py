"""The critic's checks over real texts: what each finds in each file, to be looked at for false alarms.

    python -m tests.bench.critic --data DIR [--show CHECK] [--sources PAPERS.jsonl]

DIR holds *.txt and *.md files. No model is called.
"""

import argparse
import time
from collections import Counter
from pathlib import Path

from agents.critic.asked import Asked
from agents.critic.checked import CHECKS, checked
from agents.critic.text import read_text

_FORMS = ("deep8_ja", "meeting_ja", "abstract4_ja", "daily3_ko", "daily_flat_ko")


def main() -> None:
    options = _options()
    files = sorted((*options.data.glob("*.txt"), *options.data.glob("*.md")))
    rows: list[tuple[str, int, float, Counter[str]]] = []
    for number, path in enumerate(files):
        text = path.read_text("utf-8")
        form = _FORMS[number] if options.forms and number < len(_FORMS) else None
        started = time.perf_counter()
        document = read_text(text)
        reports, remarks = checked(document, Asked.model_validate({"text": text, "format": form}))
        seconds = time.perf_counter() - started
        rows.append((path.name, len(document.items), seconds, Counter({r.name: r.found for r in reports})))
        for remark in remarks:
            if options.show in (remark.check, "all"):
                line = text.count("\n", 0, remark.where.start) + 1 if remark.where else 0
                quote = remark.where.quote if remark.where else ""
                print(f"{path.name[:3]}:{line} {remark.check}/{remark.severity}: {remark.wrong}\n      | {quote}")
    names = [check.name for check in CHECKS]
    print("| file | items | seconds | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 3))
    for name, items, seconds, found in rows:
        cells = " | ".join(str(found[check] or "") for check in names)
        print(f"| {name[:12]} | {items} | {seconds:.2f} | {cells} |")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of texts")
    parser.add_argument("--show", default="", help="print the findings of this check, or of all")
    parser.add_argument("--forms", action="store_true", help="check the n-th file against the n-th form of digest")
    return parser.parse_args()


if __name__ == "__main__":
    main()
