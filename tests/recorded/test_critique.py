"""A critique replayed from real answers: two judges on a faulty summary, both orders of a pairwise comparison."""

import random
from pathlib import Path
from typing import Any

from server.settings import Settings
from tests.recorded.run import CRITIQUE, FOLDER, critique, service
from tools.recording.folder import RecordingFolder
from tools.recording.replay import Replay

TEXT = str(CRITIQUE["text"])


async def _replayed(data: Path) -> dict[str, Any]:
    replay = Replay(RecordingFolder(FOLDER / "critique"), delay=lambda: random.random() / 50)  # noqa: S311
    async with service(Settings(data_dir=data, recording=FOLDER / "critique"), replay) as client:
        found = await critique(client)
    assert not replay.unused, "every recorded call was made again"
    return found


async def test_three_planted_faults_are_found_by_code_and_judges(tmp_path: Path) -> None:
    found = await _replayed(tmp_path / "data")
    places = {
        (one["check"], one["by"], TEXT[one["where"]["start"] : one["where"]["end"]])
        for one in found["remarks"]
        if one["where"]
    }
    assert ("numbers", "code", "70 billion") in places
    assert ("placeholders", "code", "[insert link]") in places
    assert ("judge", "ada", "lower than that of Llama2-13B") in places
    assert ("judge", "bea", "Its training loss of 1.70 is lower than that of Llama2-13B") in places
    assert [one["for_praise"] for one in found["judges"]] == [1, 1]
    assert [one["name"] for one in found["criteria"] if one["disputed"]] == ["Of use to an engineer"]
    votes = found["comparison"]["votes"]
    assert (found["comparison"]["winner"], [one["winner"] for one in votes]) == ("text", ["text", "text"])
    assert found["score"] < 5
    assert found["usage"]["calls"] == 10
