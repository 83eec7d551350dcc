"""A critique as JSON."""

import time

from agents.critic.critique import CritiqueReport
from agents.critic.judges import Judged
from server.wire import JsonObject
from tools.llm.critic_tasks import BANDS


def critique_view(report: CritiqueReport) -> JsonObject:
    """The report as clients get it: the score first, then what it rests on, then every remark."""
    judged = report.judged
    return {
        "object": "critique",
        "created": int(time.time()),
        "score": report.overall.score,
        "overall": report.overall.model_dump(),
        "size": report.size.model_dump(),
        "criteria": _criteria(judged),
        "steps": judged.rubric.steps,
        "criteria_by": judged.rubric.made_by,
        "criteria_kept": judged.rubric_kept,
        "judges": [one.model_dump() for one in judged.judges],
        "checks": [one.model_dump() for one in report.checks],
        "remarks": [one.model_dump() for one in report.remarks],
        "comparison": report.comparison.model_dump() if report.comparison else None,
        "notes": report.notes,
        "extractive": report.extractive,
        "degraded": report.degraded,
        "usage": report.usage.model_dump(),
    }


def _criteria(judged: Judged) -> list[JsonObject]:
    scores = {one.criterion: one for one in judged.scores}
    views: list[JsonObject] = []
    for criterion in judged.rubric.criteria:
        scored = scores.get(criterion.name)
        views.append(
            {
                "name": criterion.name,
                "description": criterion.description,
                "bands": dict(zip(BANDS, criterion.bands, strict=False)),
                "score": scored.score if scored else None,
                "spread": scored.spread if scored else None,
                "disputed": bool(scored and scored.disputed),
                "judges": [one.model_dump() for one in scored.judges] if scored else [],
            }
        )
    return views
