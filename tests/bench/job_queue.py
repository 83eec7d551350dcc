"""Two workers and two API processes on PostgreSQL, really: the queue, a worker's death, events, cancellation.

    python -m tests.bench.job_queue --database-url postgresql://... [queue] [failover] [events] [cancel]

What ran when, for whom and where is read from the log of the scripted model server: each worker asks for a model of a
name of its own, and the topics name the API key and the job. The database should be empty.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import insert

from server.job_events import JobEvents
from server.job_places import jobs_database
from server.job_store import JobStore, NewJob
from server.job_tables import WorkerRow
from server.settings import Settings
from tests.e2e.jobs_at_work import ModelServer, ServiceProcess, model_server, service
from tests.schema_model import Logged
from tests.seeded import seeded

KEYS = ("first-key", "second-key")
SMALL = {"sections": 2, "words": 50, "papers": 5}
WRITER = f"bench-{time.time_ns()}"
PER_WORKER, IN_ALL, PER_KEY = 2, 3, 2


@dataclass
class Deployment:
    """Its processes. The APIs run no jobs."""

    models: ModelServer
    settings: Mapping[str, str]
    place: Path
    apis: list[ServiceProcess]
    workers: list[ServiceProcess]
    stack: ExitStack

    def api(self) -> ServiceProcess:
        file = self.models.models_file(self.place)
        return self.stack.enter_context(service(self._folder(), file, survey_worker="false", **self.settings))

    def worker(self, name: str) -> ServiceProcess:
        file = self.models.models_file(self.place, name)
        return self.stack.enter_context(service(self._folder(), file, ("worker",), **self.settings))

    def _folder(self) -> Path:
        """A data folder of its own for each process, as if it were on another machine."""
        return seeded(self.place / f"data-{time.monotonic_ns()}")


@contextmanager
def deployment(
    url: str, delay_s: float, workers: int = 2, sections: int = 2, subsections: int = 1
) -> Iterator[Deployment]:
    settings = {
        "database_url": url,
        "api_keys": ",".join(KEYS),
        "surveys_at_once": str(PER_WORKER),
        "surveys_in_all": str(IN_ALL),
        "surveys_per_key": str(PER_KEY),
        "log_level": "warning",
    }
    with (
        tempfile.TemporaryDirectory() as place,
        model_server(delay_s, sections, subsections) as models,
        ExitStack() as stack,
    ):
        made = Deployment(models, settings, Path(place), [], [], stack)
        made.apis += [made.api(), made.api()]
        made.workers += [made.worker(f"w{number}") for number in range(1, workers + 1)]
        yield made


def topic(tag: str) -> str:
    """A topic that the library holds enough on, with the job's tag."""
    return f"large language model agents and mixture of experts {tag}"


def queue(url: str, jobs: int) -> bool:
    """200 small jobs of two keys: the first key's come first."""
    with deployment(url, 0.05) as at_work:
        began = time.time()
        ids = {}
        for number, key in enumerate(KEYS, 1):
            for n in range(jobs // 2):
                api = at_work.apis[n % 2]
                ids[f"k{number}n{n}"] = (
                    api.start_survey(topic(f"k{number}n{n}"), key, options=SMALL),
                    key,
                )
        print(f"{len(ids)} jobs queued in {time.time() - began:.1f} s", flush=True)
        views = {tag: at_work.apis[0].ended(job, key) for tag, (job, key) in ids.items()}
        log = at_work.models.log()
        print(f"all ended after {time.time() - began:.1f} s: {Counter(str(v['status']) for v in views.values())}")
        runs = Counter(str(view["run"]) for view in views.values())
        calls = Counter(call.tag for call in log)
        per_job = Counter(calls.values())
        spans = {tag: _span([call for call in log if call.tag == tag]) for tag in ids}
        models = {tag: {call.model for call in log if call.tag == tag} for tag in ids}
        most = _most(list(spans.values()))
        per_key = {
            key: _most([span for tag, span in spans.items() if tag.startswith(f"{key}n")]) for key in ("k1", "k2")
        }
        per_worker = {
            name: _most([span for tag, span in spans.items() if models[tag] == {name}]) for name in ("w1", "w2")
        }
        started = sorted(ids, key=lambda tag: spans[tag][0])
        second_began = next(n for n, tag in enumerate(started) if tag.startswith("k2"))
        lead = max(abs(_ahead(started[: n + 1])) for n in range(second_began, len(started)))
        print(
            f"runs a job: {dict(runs)}; calls a job: {dict(per_job)}; jobs on one worker each: "
            f"{all(len(names) == 1 for names in models.values())}"
        )
        print(
            f"at once: {most} in all (limit {IN_ALL}), by key {per_key} (limit {PER_KEY}), by worker {per_worker} "
            f"(limit {PER_WORKER})"
        )
        print(
            f"the second key's first job was started after {second_began} of the first's; "
            f"lead of one key at most {lead} jobs"
        )
        return (
            all(view["status"] == "completed" for view in views.values())
            and set(runs) == {"1"}
            and len(per_job) == 1
            and most <= IN_ALL
            and max(per_key.values()) <= PER_KEY
            and max(per_worker.values()) <= PER_WORKER
        )


def failover(url: str) -> bool:
    """One worker is killed in the middle of a job."""
    with deployment(url, 1.0, sections=3, subsections=2) as at_work:
        slowest = 0.0
        for n in range(3):
            job = at_work.apis[0].start_survey(topic(f"k1n{900 + n}"), KEYS[0])
            tag = f"k1n{900 + n}"
            while not (calls := [call for call in at_work.models.log() if call.tag == tag and call.task == "prose"]):
                time.sleep(0.05)
            name = calls[0].model
            index = int(name[1:]) - 1
            kill = at_work.workers[index].kill()
            view = at_work.apis[1].ended(job, KEYS[0])
            later = [c for c in at_work.models.log() if c.tag == tag and c.began > kill and c.model != name]
            took = min(call.began for call in later) - kill
            slowest = max(slowest, took)
            print(f"{name} killed: gone on with after {took:.1f} s, {view['status']} in run {view['run']}", flush=True)
            at_work.workers[index] = at_work.worker(name)
        print(f"slowest failover {slowest:.1f} s")
        return slowest <= 30


def events(url: str, count: int) -> bool:
    """A job of another process tells `count` events; one API is read over its restart, the other beside it."""
    with deployment(url, 0.0, workers=0) as at_work:
        database = jobs_database(Settings(data_dir=at_work.place, database_url=url, OPENAI_API_KEY=None))
        store, told = JobStore(database), JobEvents(database)
        owner = _owner(KEYS[0])
        job, _ = store.create(NewJob(topic="many events", owner=owner, pool="elsewhere"))
        assert store.begin(job.id, 1, WRITER)
        with database.writing() as connection:
            there = {"id": WRITER, "kind": "worker", "host": "x", "process": "", "started": 0.0, "beat": 4e9}
            connection.execute(insert(WorkerRow).values(**there))
        seen: list[list[int]] = [[], []]
        for step in range(4):
            for n in range(count // 4):
                number = step * (count // 4) + n
                told.add_progress(
                    job.id, 1, {"stage": "write", "text": f"event {number}", "done": number, "total": count}
                )
                if n == count // 8:
                    for which, api in enumerate(at_work.apis):
                        seen[which] += _read(api, job.id, seen[which], until=_so_far(told, job.id))
            at_work.apis[step % 2].kill()
            at_work.apis[step % 2] = at_work.api()
        assert store.cancel(job)
        for which, api in enumerate(at_work.apis):
            seen[which] += _read(api, job.id, seen[which], until=10**9)
        database.close()
    whole = list(range(1, count + 4))
    good = [numbers == whole for numbers in seen]
    print(f"{len(whole)} events over 2 restarts of each API: no gap and no repeat: {good}")
    return all(good)


def cancel(url: str) -> bool:
    """Jobs are cancelled at the API while a worker is in the middle of them."""
    with deployment(url, 0.1, sections=8, subsections=4) as at_work:
        latest = -1.0
        for n in range(5):
            tag = f"k1n{700 + n}"
            job = at_work.apis[0].start_survey(topic(tag), KEYS[0], options=SMALL | {"sections": 8})
            while sum(call.tag == tag and call.task == "prose" for call in at_work.models.log()) < 3:
                time.sleep(0.02)
            key = {"Authorization": f"Bearer {KEYS[0]}"}
            response = httpx.post(f"{at_work.apis[1].url}/v1/surveys/{job}/cancel", json={}, headers=key)
            acknowledged = time.time()
            assert response.json()["status"] == "cancelled", response.text
            time.sleep(4)
            calls = [call.began for call in at_work.models.log() if call.tag == tag]
            latest = max(latest, max(calls) - acknowledged)
            print(f"{len(calls)} calls, the last {max(calls) - acknowledged:+.2f} s after the answer", flush=True)
        return latest <= 1.0


def _read(api: ServiceProcess, job: str, seen: Sequence[int], until: int) -> list[int]:
    """The numbers of the events after those seen, up to `until` or the end."""
    headers = {"Authorization": f"Bearer {KEYS[0]}", "Last-Event-ID": str(seen[-1] if seen else 0)}
    found: list[int] = []
    with httpx.stream("GET", f"{api.url}/v1/surveys/{job}/events", headers=headers, timeout=30) as response:
        for line in response.iter_lines():
            if line.startswith("id: "):
                found.append(int(line[4:]))
                if found[-1] >= until:
                    break
    return found


def _so_far(told: JobEvents, job: str) -> int:
    number = 0
    while page := told.after(job, number):
        number = page[-1].number
    return number


def _owner(key: str) -> str:
    import hashlib

    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _span(calls: Sequence[Logged]) -> tuple[float, float]:
    return min(call.began for call in calls), max(call.answered or call.began for call in calls)


def _most(spans: Sequence[tuple[float, float]]) -> int:
    """How many of the spans there were at the same time, at most."""
    steps = sorted([*((begin, 1) for begin, _ in spans), *((end, -1) for _, end in spans)])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def _ahead(tags: Sequence[str]) -> int:
    """By how many jobs the second key is ahead among those started after its first."""
    first = next(n for n, tag in enumerate(tags) if tag.startswith("k2"))
    return sum(1 if tag.startswith("k2") else -1 for tag in tags[first:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["queue", "failover", "events", "cancel"])
    parser.add_argument("--database-url", required=True)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--events", type=int, default=1_000)
    given = parser.parse_args()
    url = given.database_url
    parts = {
        "queue": lambda: queue(url, given.jobs),
        "failover": lambda: failover(url),
        "events": lambda: events(url, given.events),
        "cancel": lambda: cancel(url),
    }
    good = []
    for part in given.parts:
        print(f"-- {part}", flush=True)
        good.append(parts[part]())
    print(dict(zip(given.parts, good, strict=True)))
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
