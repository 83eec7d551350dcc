"""Real processes for tests of survey jobs: a scripted model server and services that can be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import httpx

from tests.schema_model import Logged

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120.0
RACE_S = 0.1
"""So long before a kill an answer may have been sent, and not yet been received and written down."""
TOPIC = "routing of experts"
OPTIONS = {"sections": 4, "words": 50, "papers": 10}


@dataclass
class ModelServer:
    """The scripted models, in a process of their own."""

    url: str

    def log(self) -> list[Logged]:
        return [Logged(**call) for call in httpx.get(f"{self.url}/log").json()]

    def models_file(self, folder: Path, model: str = "m") -> Path:
        path = folder / f"scripted-{model}.toml"
        path.write_text(f'[[models]]\nname = "scripted"\nbase_url = "{self.url}/v1"\nmodel = "{model}"\nretries = 2\n')
        return path


@contextmanager
def model_server(delay_s: float, sections: int = 4, subsections: int = 3) -> Iterator[ModelServer]:
    command = [sys.executable, "-m", "tests.schema_model", "--delay", str(delay_s)]
    command += ["--sections", str(sections), "--subsections", str(subsections)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603
    assert process.stdout is not None
    with process.stdout as said:
        try:
            yield ModelServer(f"http://127.0.0.1:{int(said.readline())}")
        finally:
            process.kill()
            process.wait()


@dataclass
class ServiceProcess:
    """A running `colloquy serve` or `colloquy worker`."""

    process: "subprocess.Popen[str]"
    url: str
    log: Path

    def kill(self) -> float:
        """Kills it as nothing else can; when."""
        at = time.time()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        return at

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def start_survey(self, topic: str = TOPIC, key: str = "", **more: object) -> str:
        body = {"topic": topic, "options": OPTIONS, **more}
        response = httpx.post(f"{self.url}/v1/surveys", json=body, headers=_headers(key), timeout=30)
        assert response.status_code == 202, response.text
        return str(response.json()["id"])

    def survey(self, job: str, key: str = "") -> dict[str, object]:
        response = httpx.get(f"{self.url}/v1/surveys/{job}", headers=_headers(key), timeout=30)
        assert response.is_success, response.text
        view: dict[str, object] = response.json()
        return view

    def ended(self, job: str, key: str = "") -> dict[str, object]:
        """The survey, once it has ended."""
        until = time.monotonic() + PATIENCE_S
        while (view := self.survey(job, key))["status"] not in ("completed", "failed", "cancelled"):
            assert time.monotonic() < until, f"{view}\n{self.log.read_text()[-3000:]}"
            time.sleep(0.05)
        return view

    def draft(self, job: str, key: str = "") -> str:
        return httpx.get(f"{self.url}/v1/surveys/{job}/draft.md", headers=_headers(key), timeout=30).text


@contextmanager
def service(
    folder: Path, models: Path, command: Sequence[str] = ("serve", "--port", "0"), **settings: str
) -> Iterator[ServiceProcess]:
    """The service on a data folder, once it answers; killed at the end, if it still runs."""
    log = folder / f"log-{time.monotonic_ns()}"
    environment = _environment({"data_dir": str(folder), "models": str(models), **settings})
    with log.open("w") as errors:
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "server.cli", *command],
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
            env=environment,
        )
    try:
        assert process.stdout is not None
        yield ServiceProcess(process, _announced(process.stdout, log), log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _announced(said: IO[str], log: Path) -> str:
    """The address in what the process says first; empty for one that serves nothing."""
    line = said.readline()
    assert "Colloquy" in line, log.read_text()[-3000:]
    return next((word for word in line.split() if word.startswith("http://")), "")


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    ours = ("COLLOQUY_", "OPENAI_", "OTEL_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {f"COLLOQUY_{name.upper()}": value for name, value in settings.items()}


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


@dataclass(frozen=True)
class Repeats:
    """What kills cost. `twice` were answered before a kill and asked again; `racing` of them just before it."""

    extra: int
    twice: int
    racing: int
    in_flight: int


def repeats(calls: Sequence[Logged], undisturbed: Mapping[str, int], kills: Sequence[float]) -> Repeats:
    """How many calls there were beyond those of an undisturbed run, and why."""
    in_flight = sum(1 for call in calls for kill in kills if call.began < kill and not _before(call, kill))
    twice = racing = 0
    for kill in kills:
        done = Counter(call.hash for call in calls if _before(call, kill))
        just = Counter(call.hash for call in calls if _before(call, kill) and not _before(call, kill - RACE_S))
        again = Counter(call.hash for call in calls if call.began > kill)
        for name, count in again.items():
            over = max(0, min(count, done[name] + count - undisturbed.get(name, 0)))
            over = min(over, done[name])
            twice += over
            racing += min(over, just[name])
    return Repeats(len(calls) - sum(undisturbed.values()), twice, racing, in_flight)


def _before(call: Logged, moment: float) -> bool:
    return call.answered is not None and call.answered <= moment


def counted(calls: Sequence[Logged]) -> Mapping[str, int]:
    return Counter(call.hash for call in calls)


def read_json(text: str) -> dict[str, object]:
    found = json.loads(text)
    assert isinstance(found, dict)
    return found
