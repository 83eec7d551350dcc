"""Surveys become durable jobs. What was finished stays readable; what was under way has failed, and can be forked."""

import json
import time
from typing import TypeVar

from alembic import op
from pydantic import BaseModel, ValidationError
from sqlalchemy import Row, column, insert, select, table

from agents.survey.state import Draft, SurveyOptions
from server.filters import Filters
from server.job_artifacts import DRAFT, SCHEMA
from server.job_tables import ArtifactRow, JobRow, Tables

revision = "0002"
down_revision = "0001"

_LEFT = "the service was brought up to date while it was being written; start it again"
_STATUS = {"done": "completed", "failed": "failed"}

_OLD = table("surveys", column("id"), column("owner"), column("job"))

Said = TypeVar("Said", bound=BaseModel)


def upgrade() -> None:
    """Moves the jobs to the new tables, each with its draft."""
    connection = op.get_bind()
    Tables.metadata.create_all(connection)
    for row in connection.execute(select(_OLD)).all():
        job = json.loads(row.job)
        connection.execute(insert(JobRow).values(**_job(row, job)))
        draft = _read(Draft, job.get("draft"))
        if draft is not None:
            kept = {"schema_number": SCHEMA, "made": time.time(), "body": draft.model_dump_json()}
            connection.execute(insert(ArtifactRow).values(job=row.id, name=DRAFT, **kept))
    op.drop_table("surveys")


def _job(row: Row[tuple[str, str, str]], job: dict[str, object]) -> dict[str, object]:
    status = _STATUS.get(str(job.get("status")), "failed")
    interrupted = status == "failed" and job.get("status") != "failed"
    options = _read(SurveyOptions, job.get("options")) or SurveyOptions()
    filters = _read(Filters, job.get("filters")) or Filters()
    draft = _read(Draft, job.get("draft"))
    return {
        "id": row.id,
        "owner": row.owner,
        "status": status,
        "topic": job.get("topic", ""),
        "options": options.model_dump_json(),
        "filters": filters.model_dump_json(),
        "created": job.get("created"),
        "queued": job.get("created"),
        "finished": job.get("finished") or job.get("created"),
        "sections": len(draft.sections) if draft else 0,
        "title": draft.title if draft else "",
        "error": _LEFT if interrupted else job.get("error", ""),
        "code": "survey_interrupted" if interrupted else job.get("code", ""),
        "branch": job.get("branch", "service"),
    }


def _read(kind: type[Said], said: object) -> Said | None:
    """What was said, as the newest version understands it; None where it does not."""
    try:
        return None if said is None else kind.model_validate(said)
    except ValidationError:
        return None
