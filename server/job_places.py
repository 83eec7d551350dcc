"""Where survey jobs and their engine are kept."""

from sqlalchemy import URL

from server.job_database import JOBS_FILE, JobDatabase
from server.settings import Settings

ENGINE_FILE = "survey-engine.db"


def jobs_url(settings: Settings) -> URL:
    """Where survey jobs are kept."""
    return URL.create("sqlite", database=str(settings.data_dir / JOBS_FILE))


def engine_url(settings: Settings) -> URL:
    """Where the engine of the survey jobs keeps its own."""
    return URL.create("sqlite", database=str(settings.data_dir / ENGINE_FILE))


def jobs_database(settings: Settings) -> JobDatabase:
    """The database of the survey jobs, with its tables. Raises OperatorError."""
    database = JobDatabase(jobs_url(settings))
    try:
        database.prepare()
    except BaseException:
        database.close()
        raise
    return database
