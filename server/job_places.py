"""Where survey jobs and their engine are kept."""

from sqlalchemy import URL

from server.database import database_of
from server.job_database import JobDatabase
from server.settings import Settings


def jobs_url(settings: Settings) -> URL:
    """Where survey jobs are kept."""
    return database_of(settings, "surveys")


def engine_url(settings: Settings) -> URL:
    """Where the engine of the survey jobs keeps its own."""
    return database_of(settings, "engine")


def jobs_database(settings: Settings) -> JobDatabase:
    """The database of the survey jobs, with its tables. Raises OperatorError."""
    database = JobDatabase(jobs_url(settings))
    try:
        database.prepare()
    except BaseException:
        database.close()
        raise
    return database
