"""kill -9 of the service at random moments of a survey, and what it cost.

    python -m tests.bench.job_kills --times 40 [--database-url postgresql://...]

After each kill the service is started again on the same data. Every survey has to end with the text of an undisturbed
one; the scripted model server knows which calls it had answered before the kill.
"""

import argparse
import random
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.e2e.jobs_at_work import Repeats, ServiceProcess, counted, model_server, repeats, service
from tests.seeded import seeded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--delay", type=float, default=0.4, help="seconds that each call of a model takes")
    parser.add_argument("--database-url", default="")
    given = parser.parse_args()
    chance = random.Random(given.seed)  # noqa: S311
    settings = {"database_url": given.database_url} if given.database_url else {}
    with tempfile.TemporaryDirectory() as place, model_server(given.delay) as models, ExitStack() as stack:
        folder = seeded(Path(place) / "data")
        file = models.models_file(Path(place))

        def started() -> ServiceProcess:
            return stack.enter_context(service(folder, file, **settings))

        at_work = started()
        for _ in range(2):  # what is loaded with the first survey is no part of the second
            before, began = len(models.log()), time.monotonic()
            job = at_work.start_survey()
            assert at_work.ended(job)["status"] == "completed"
            lasted, text, undisturbed = time.monotonic() - began, at_work.draft(job), counted(models.log()[before:])
        print(f"undisturbed: {sum(undisturbed.values())} calls, {lasted:.1f} s, {len(text):,} characters", flush=True)
        total, same, slowest = Repeats(0, 0, 0, 0), 0, 0.0
        before = len(models.log())
        for number in range(given.times):
            moment = chance.uniform(0, lasted)
            job = at_work.start_survey()
            time.sleep(moment)
            kill = at_work.kill()
            at_work = started()
            began = time.monotonic()
            view = at_work.ended(job)
            again_s = time.monotonic() - began
            equal = view["status"] == "completed" and at_work.draft(job) == text
            calls = models.log()[before:]
            before += len(calls)
            cost = repeats(calls, undisturbed, [kill])
            total = Repeats(*(a + b for a, b in zip(vars(total).values(), vars(cost).values(), strict=True)))
            same, slowest = same + equal, max(slowest, again_s)
            said = "the same text" if equal else str(view)
            print(
                f"{number + 1}: killed at {moment:.2f} s, ended {again_s:.1f} s after the restart, {said}, {cost}",
                flush=True,
            )
    print(f"{same} of {given.times} with the same text; {total}; slowest {slowest:.1f} s after the restart")
    sys.exit(0 if same == given.times and total.twice == total.racing else 1)


if __name__ == "__main__":
    main()
