"""kill -9 during an ingest: a few of the kills that tests/bench/kills.py deals out by the dozen."""

import subprocess
import sys
from pathlib import Path


def test_a_killed_ingest_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench.kills", "--times", "2", "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stdout.splitlines()[-1] == "2 of 2 kills survived", done.stdout + done.stderr
