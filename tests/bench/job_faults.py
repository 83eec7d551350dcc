"""What goes wrong around a survey: its database is away for a while, its disk is full. It waits, and goes on by itself.

    python -m tests.bench.job_faults disk
    python -m tests.bench.job_faults database --database-url postgresql://... --stop "pg_ctl ... stop -m immediate" \
        --start "pg_ctl ... start"

`disk` mounts a small file system in memory, for which it has to be root.
"""

import argparse
import shlex
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.jobs_at_work import ModelServer, ServiceProcess, model_server, service
from tests.seeded import seeded

DISK_MB = 96
AWAY_S = 8.0


def survives(
    at_work: ServiceProcess, models: ModelServer, breaks: Callable[[], None], mends: Callable[[], None]
) -> bool:
    """Whether a survey in whose middle something breaks, and is mended later, ends with the text of one without."""
    first = at_work.start_survey()
    assert at_work.ended(first)["status"] == "completed"
    before = len(models.log())
    job = at_work.start_survey()
    while sum(call.answered is not None for call in models.log()[before:]) < 3:
        time.sleep(0.02)
    breaks()
    time.sleep(AWAY_S)
    mends()
    view = at_work.ended(job)
    calls = models.log()[before:]
    answered = len({call.hash for call in calls})
    print(
        f"{view['status']} in run {view['run']}: {len(calls)} calls for {answered} questions; "
        f"{'the same text' if at_work.draft(job) == at_work.draft(first) else 'another text'}"
    )
    again = at_work.start_survey()
    whole = at_work.ended(again)["status"] == "completed"
    return whole and view["status"] == "completed" and at_work.draft(job) == at_work.draft(first)


def disk() -> bool:
    with small_disk() as place, model_server(0.5) as models, tempfile.TemporaryDirectory() as elsewhere:
        folder = seeded(place / "data")
        filler = place / "filler"
        with service(folder, models.models_file(Path(elsewhere))) as at_work:
            good = survives(at_work, models, lambda: fill(filler), filler.unlink)
            at_work.stop()
            log = at_work.log.read_text()
        print(
            "the log says:",
            next((line for line in log.splitlines() if "survey" in line and "error" in line), "nothing"),
        )
        for file in sorted(folder.rglob("*.db")):
            with sqlite3.connect(file) as connection:
                found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            print(f"{file.name}: {found}")
            good = good and found == "ok"
        return good


def database(url: str, stop: str, start: str) -> bool:
    with model_server(0.5) as models, tempfile.TemporaryDirectory() as place:
        folder = seeded(Path(place) / "data")
        with service(folder, models.models_file(Path(place)), database_url=url) as at_work:
            return survives(at_work, models, lambda: run(stop), lambda: run(start))


def run(command: str) -> None:
    subprocess.run(shlex.split(command), check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - the caller's own


def fill(path: Path) -> None:
    """Writes until there is no room left."""
    with path.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
                file.flush()
        except OSError as error:
            print(f"the disk is full: {error.strerror}")


@contextmanager
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as place:
        run(f"mount -t tmpfs -o size={DISK_MB}m tmpfs {place}")
        try:
            yield Path(place)
        finally:
            run(f"umount -l {place}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["disk", "database"])
    parser.add_argument("--database-url", default="")
    parser.add_argument("--stop", default="")
    parser.add_argument("--start", default="")
    given = parser.parse_args()
    good = disk() if given.what == "disk" else database(given.database_url, given.stop, given.start)
    print("good" if good else "bad")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
