"""A real service, killed as nothing else can in the middle of a survey, and started again."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.jobs_at_work import ModelServer, counted, model_server, repeats, service
from tests.seeded import seeded


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with model_server(0.25) as server:
        yield server


def events(url: str, job: str, after: int, most: int = 10**6) -> list[tuple[int, dict[str, object]]]:
    """The numbers and data of what is told, until the end of the stream or of the service."""
    found: list[tuple[int, dict[str, object]]] = []
    number, data = 0, ""
    try:
        with httpx.stream(
            "GET", f"{url}/v1/surveys/{job}/events", headers={"Last-Event-ID": str(after)}, timeout=60
        ) as response:
            assert response.headers["cache-control"] == "no-cache"
            assert response.headers["x-accel-buffering"] == "no"
            for line in response.iter_lines():
                if line.startswith("id: "):
                    number = int(line[4:])
                elif line.startswith("data: "):
                    data = line[6:]
                elif not line and data:
                    found.append((number, json.loads(data)))
                    data = ""
                    if len(found) == most:
                        break
    except httpx.HTTPError:
        pass
    return found


def test_a_survey_outlives_the_service(tmp_path: Path, models: ModelServer) -> None:
    folder = seeded(tmp_path / "data")
    file = models.models_file(tmp_path)
    with service(folder, file) as first:
        job = first.start_survey()
        before = events(first.url, job, after=0, most=5)
        while sum(call.answered is not None for call in models.log()) < 4:
            time.sleep(0.02)
        kill = first.kill()
    with service(folder, file) as second:
        after = events(second.url, job, after=before[-1][0])
        view = second.ended(job)
        assert (view["status"], view["run"]) == ("completed", 2), view
        disturbed = models.log()
        again = second.start_survey()
        second.ended(again)
        undisturbed = models.log()[len(disturbed) :]
        assert second.draft(job) == second.draft(again)
        second.stop()
    numbers = [number for number, _ in (*before, *after)]
    assert numbers == list(range(1, len(numbers) + 1)), "no event is missing and none comes twice"
    texts = [data["text"] for _, data in (*before, *after) if "text" in data]
    assert len(texts) == len(set(texts))
    cost = repeats(disturbed, counted(undisturbed), [kill])
    assert cost.twice == cost.racing, "no answer was paid for twice"
    assert cost.extra <= cost.in_flight + cost.racing
