"""Two API processes and two workers over one PostgreSQL and one Chroma server, started as the README says."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from server.doctor import examine
from server.settings import Settings
from tests.chroma import ChromaServer
from tests.contract.records import own_database
from tests.dear import in_ci

pytestmark = in_ci  # starts six processes

README = Path(__file__).parents[2] / "README.md"
WITHIN_S = 240.0


@dataclass
class Process:
    """A command of the README, as it runs."""

    log: Path
    process: subprocess.Popen[bytes]

    def said(self, pattern: str) -> str:
        """The first group of the pattern, once the process has said that."""
        until = time.monotonic() + WITHIN_S
        while True:
            text = self.log.read_text("utf-8", "replace")
            if match := re.search(pattern, text):
                return match.group(1)
            assert self.process.poll() is None, text
            assert time.monotonic() < until, text
            time.sleep(0.05)


@dataclass
class Deployment:
    """What the README's commands start."""

    env: dict[str, str]
    chroma: ChromaServer
    apis: list[httpx2.Client]
    processes: list[Process]


def commands() -> list[str]:
    """The `colloquy` commands of the section, in order."""
    section = README.read_text("utf-8").partition("## On several machines")[2].partition("\n## ")[0]
    return re.findall(r"^(?:uv run )?colloquy (\S.*?)(?:  +#.*)?$", section, re.MULTILINE)


@contextmanager
def started(folder: Path, command: str, env: dict[str, str], name: str) -> Iterator[Process]:
    log = folder / f"{name}.log"
    words = [str(Path(sys.executable).with_name("colloquy")), *command.split()]
    with log.open("wb") as out:
        process = subprocess.Popen(words, env=env, stdout=out, stderr=subprocess.STDOUT)  # noqa: S603
    try:
        yield Process(log, process)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("several")
    with own_database() as url, ExitStack() as stack:
        chroma = ChromaServer(folder / "chroma")
        stack.callback(chroma.kill)
        chroma.start()
        env = {name: value for name, value in os.environ.items() if not name.startswith(("COLLOQUY_", "OPENAI_"))}
        env |= {
            "COLLOQUY_DATABASE_URL": url,
            "COLLOQUY_CHROMA_URL": chroma.url,
            "COLLOQUY_SURVEY_WORKER": "false",
            "COLLOQUY_DATA_DIR": str(folder / "data"),
        }
        roles = [command for command in commands() if command.startswith(("serve", "worker"))]
        assert [role.split()[0] for role in roles] == ["serve", "serve", "worker", "worker"]
        roles = [re.sub(r"--port \d+", "--port 0", role).replace("--host 0.0.0.0 ", "") for role in roles]
        # all four at once, over a database in which there is nothing yet
        processes = [
            stack.enter_context(started(folder, role, env, f"{number}-{role.split()[0]}"))
            for number, role in enumerate(roles)
        ]
        urls = [process.said(r"is listening on\s+(http://\S+)") for process in processes[:2]]
        for process in processes[2:]:
            process.said(r"(writes surveys)")
        apis = [stack.enter_context(httpx2.Client(base_url=url, timeout=60)) for url in urls]
        yield Deployment(env, chroma, apis, processes)


def eventually(look: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + WITHIN_S
    while not look():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def asked(api: httpx2.Client, question: str, conversation: str) -> dict[str, object]:
    body = {
        "model": "colloquy-fast",
        "messages": [{"role": "user", "content": question}],
        "metadata": {"conversation": conversation},
    }
    answer = api.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def text_of(answer: dict[str, object]) -> str:
    return str(answer["choices"])


def test_what_one_process_is_told_the_others_know(deployment: Deployment) -> None:
    first, second = deployment.apis
    assert [api.get("/healthz").json()["papers"] for api in deployment.apis] == [97, 97]
    paper = {"title": "Zymurgy of kilns", "abstract": "How clay is fermented before it is fired."}
    added = first.post("/v1/library/papers", json=paper)
    assert added.status_code == 202
    address = f"/v1/library/imports/{added.json()['id']}"
    eventually(lambda: second.get(address).json()["status"] == "done", "the import is known elsewhere")
    hits = second.get("/v1/library/search", params={"q": "zymurgy"}).json()["data"]
    assert hits[0]["paper"]["title"] == paper["title"]
    answer = asked(first, "What is Symbolic-MoE?", "talk")
    assert "Symbolic-MoE" in text_of(asked(second, "What did I ask first?", "talk"))
    liked = second.post("/v1/feedback", json={"answer_id": answer["id"], "good": True})
    assert liked.status_code in (200, 201, 202), liked.text
    job = second.post(
        "/v1/surveys", json={"topic": "mixture of agents", "options": {"sections": 2, "words": 60, "papers": 8}}
    )
    where = f"/v1/surveys/{job.json()['id']}"
    eventually(lambda: first.get(where).json()["status"] in ("completed", "failed"), "a worker writes the survey")
    assert first.get(where).json()["status"] == "completed"
    assert first.get("/v1/spend").json() == second.get("/v1/spend").json()


def test_the_loss_of_the_chroma_server_is_said_and_overcome(deployment: Deployment) -> None:
    first, second = deployment.apis
    deployment.chroma.kill()
    added = first.post("/v1/library/papers", json={"title": "Xylography of routers"})
    assert added.status_code == 202
    eventually(lambda: first.get(f"/v1/library/imports/{added.json()['id']}").json()["status"] == "done", "added")
    found = second.get("/v1/library/search", params={"q": "xylography"}).json()
    assert found["data"][0]["paper"]["title"] == "Xylography of routers"
    assert "chroma run" in first.get("/healthz").json()["library"]
    deployment.chroma.start()
    eventually(lambda: all(api.get("/healthz").json()["library"] == "ok" for api in deployment.apis), "all caught up")


async def test_the_doctor_finds_nothing_to_mend(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in deployment.env.items():
        if name.startswith("COLLOQUY_"):
            monkeypatch.setenv(name, value)
    told = {finding.check: finding async for finding in examine(Settings(), models_within_s=None)}
    assert {check for check, finding in told.items() if finding.state != "ok"} == set(), told
    assert told["workers"].found.startswith("2 alive")
