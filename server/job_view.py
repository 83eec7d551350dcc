"""Survey jobs as clients see them."""

import time

from server.job import Job
from server.wire import JsonObject
from tools.spend.queries import Spent

_SHARE = {
    "gather": (0.0, 0.05),
    "outline": (0.05, 0.3),
    "write": (0.3, 0.8),
    "frame": (0.8, 0.97),
    "assemble": (0.97, 1.0),
}
"""Where in the time of a whole survey each of its stages begins and ends, as a rule."""

_TELLS_SOMETHING = 0.08


def view_of(job: Job) -> JsonObject:
    """The job in a list, or just after something was decided about it."""
    return {
        "id": job.id,
        "object": "survey",
        "topic": job.topic,
        "options": job.options.model_dump() | {"scope": job.filters.model_dump(exclude_defaults=True)},
        "status": job.status,
        "error": job.error or None,
        "error_code": job.code or None,
        "created": int(job.created),
        "started": int(job.started) if job.started else None,
        "finished": int(job.finished) if job.finished else None,
        "title": job.title or None,
        "priority": job.priority,
        "approve": job.approve,
        "run": job.run,
        "forked_from": job.forked_from or None,
        "progress": {
            "stage": job.stage or None,
            "done": job.done,
            "total": job.total,
            "seconds": round(seconds_of(job), 1),
            "seconds_left": seconds_left(job),
        },
    }


def whole_view_of(job: Job, spent: Spent) -> JsonObject:
    """The job with what it cost and what there is of it."""
    written = [name for name in job.kept if name.startswith("section:")]
    view = view_of(job) | {
        "spent": {"calls": spent.calls, "tokens": spent.tokens, "cost_usd": round(spent.usd, 6)},
        "kept": {"plan": "plan" in job.kept, "sections": len(written), "draft": "draft" in job.kept},
    }
    if job.draft is None:
        return view
    return view | {
        "sections": [section.model_dump() for section in job.draft.sections],
        "references": [reference.model_dump() for reference in job.draft.references],
        "claims": [claim.model_dump() for claim in job.draft.claims],
        "considered": [one.model_dump() for one in job.draft.considered],
        "usage": job.draft.usage.model_dump(),
        "models": job.draft.models,
        "extractive": job.draft.extractive,
        "faults": job.draft.faults,
    }


def seconds_of(job: Job) -> float:
    """How long the job has been worked on, in all its runs."""
    return job.spent_s + (time.time() - job.started if job.status == "running" and job.started else 0.0)


def seconds_left(job: Job) -> int | None:
    """About how long a running job will take from now on; None as long as nothing can be said."""
    if job.status != "running" or job.stage not in _SHARE:
        return None
    begins, ends = _SHARE[job.stage]
    done = begins + (ends - begins) * (job.done / job.total if job.total else 0.0)
    return int(seconds_of(job) * (1 - done) / done) if done >= _TELLS_SOMETHING else None
