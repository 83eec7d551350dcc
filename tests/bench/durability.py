"""What durability costs: the survey of 28 subsections as a job, against the same stages with nothing kept.

    python -m tests.bench.durability [--rounds 7] [--delay 0.0] [--database-url postgresql://...]

Both use the same library, the same scripted model server in another process, and take turns. The job's time is from its
creation to its end as its followers see it, with the engine loaded. CPU is that of the whole process. Then 1,000 jobs
wait in the queue, for their memory.
"""

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from pathlib import Path

from agents.survey.run import write_survey
from agents.survey.state import Draft, SurveyOptions
from server.job_store import NewJob
from server.job_wiring import open_jobs
from server.job_workers import Worker
from server.jobs import SurveyJobs
from server.settings import Settings
from server.wiring import Assistant, open_assistant
from tests.e2e.jobs_at_work import model_server
from tests.seeded import seeded
from tools.llm.account import Account

TOPIC = "large language model agents and mixture of experts"
SECTIONS, SUBSECTIONS = 7, 4
OPTIONS = SurveyOptions(sections=SECTIONS, words=50, papers=20)
QUEUED = 1_000


async def bare(assistant: Assistant) -> tuple[float, str]:
    """The time of the stages with nothing kept, and the text."""
    began = time.perf_counter()
    deps = assistant.survey_deps_of(Account(request="bench", job="bench"))
    async for item in write_survey(assistant.survey, deps, TOPIC, OPTIONS):
        if isinstance(item, Draft):
            return time.perf_counter() - began, item.markdown
    raise AssertionError


async def durable(jobs: SurveyJobs) -> tuple[float, str]:
    """The time of a job, and the text."""
    began = time.perf_counter()
    job = await jobs.start(NewJob(topic=TOPIC, options=OPTIONS))
    async for event in jobs.follow(job.id):
        last = event.kind
    took = time.perf_counter() - began
    assert last == "completed", last
    return took, (await jobs.get(job.id)).finished_draft().markdown


def resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4_096 / 2**20


async def measure(settings: Settings, rounds: int) -> None:
    async with open_assistant(settings) as assistant:
        async with open_jobs(settings, assistant, Worker("worker")) as jobs:
            _, text = await bare(assistant)
            assert (await durable(jobs))[1] == text, "the same text"
            times: dict[str, list[float]] = {"bare": [], "durable": []}
            cpu: dict[str, list[float]] = {"bare": [], "durable": []}
            for _ in range(rounds):
                for name, taken in times.items():
                    before = time.process_time()
                    took, _ = await (bare(assistant) if name == "bare" else durable(jobs))
                    taken.append(took)
                    cpu[name].append(time.process_time() - before)
        for what, measured in (("seconds", times), ("CPU s", cpu)):
            for name, values in measured.items():
                middle = statistics.median(values)
                print(f"{what:<8} {name:<8} median {middle:.2f}, from {min(values):.2f} to {max(values):.2f}")
            middles, bests = ([f(measured[n]) for n in ("durable", "bare")] for f in (statistics.median, min))
            print(f"{what:<8} ratio of medians {middles[0] / middles[1]:.3f}, of the best {bests[0] / bests[1]:.3f}")
        async with open_jobs(settings, assistant, None) as waiting:
            await waiting.start(NewJob(topic=TOPIC, options=OPTIONS))
            memory, began = resident_mb(), time.perf_counter()
            for _ in range(QUEUED):
                await waiting.start(NewJob(topic=TOPIC, options=OPTIONS))
            each_ms = (time.perf_counter() - began) / QUEUED * 1_000
            print(
                f"{QUEUED} queued jobs: {(resident_mb() - memory) * 1_024 / QUEUED:.2f} KB of memory each, "
                f"{each_ms:.1f} ms to queue one"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each call of a model takes")
    parser.add_argument("--database-url", default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, model_server(given.delay, SECTIONS, SUBSECTIONS) as models:
        file = models.models_file(Path(place))
        settings = Settings(
            data_dir=seeded(Path(place) / "data"), models=file, OPENAI_API_KEY=None, database_url=given.database_url
        )
        asyncio.run(measure(settings, given.rounds))


if __name__ == "__main__":
    main()
