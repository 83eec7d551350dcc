"""`ref.json`: a reference list as SurveyBench reads it, so that others can score ours."""

import json
from collections.abc import Sequence

from agents.evaluation.works import Work


def ref_json(works: Sequence[Work]) -> str:
    """The works by arXiv id; those without one by their library id, which scorers by arXiv id pass over."""
    found: dict[str, dict[str, str]] = {}
    for place, work in enumerate(works, 1):
        key = work.arxiv_id or f"library:{work.paper_id or place}"
        found.setdefault(key, {"arxivId": work.arxiv_id, "title": work.title})
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
