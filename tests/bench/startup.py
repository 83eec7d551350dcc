"""From nothing to the first answer: import time, start-up, first answers, peak memory, a survey.

    uv run python -m tests.bench.startup [--runs 5] [--json FILE]

Every run is a process of its own with a data folder of its own: the first start plants the seed
library, the second finds it there. The baseline is the same interpreter importing the openai SDK.
Python keeps the compiled modules between the runs, as it does unless it is told not to; `uncompiled_` is the
first answer without them, as right after the installation.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

QUESTION = "Compare Symbolic-MoE and SurveyForge"
TOPIC = "Mixture-of-experts and multi-agent routing of language models"
_KIB_PER_MIB = 1_024


def environment(data: Path) -> dict[str, str]:
    """The environment without anything that would change what is measured."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("COLLOQUY_", "OPENAI_"))}
    return clean | {"COLLOQUY_DATA_DIR": str(data)}


def import_seconds(module: str) -> float:
    """How long a fresh interpreter takes to import `module`, less its own start."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)  # noqa: S603


def serve_once(data: Path) -> dict[str, float]:
    """Seconds from starting the service to listening and to its first answer, and its peak memory."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "server.cli", "serve", "--port", "0"]
    service = subprocess.Popen(command, env=environment(data), stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert service.stdout is not None
        url = re.search(r"http://\S+", service.stdout.readline())
        assert url is not None
        listening = time.perf_counter() - started
        first = _ask(url[0])
        answered = time.perf_counter() - started
        second = _ask(url[0])
        peak = _peak_mib(service.pid)
    finally:
        service.terminate()
        service.wait(30)
    return {
        "listening_s": listening,
        "first_answer_s": answered,
        "first_request_s": first,
        "second_request_s": second,
        "peak_mib": peak,
    }


def survey_once(data: Path) -> dict[str, float]:
    """Seconds and peak memory of a whole survey from the command line."""
    with tempfile.TemporaryDirectory() as out:
        started = time.perf_counter()
        command = [sys.executable, "-m", "server.cli", "survey", TOPIC, "-o", out]
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        subprocess.run(command, env=environment(data), capture_output=True, check=True)  # noqa: S603
        seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"survey_s": seconds, "survey_peak_mib": max(before, after) / _KIB_PER_MIB}


def _ask(url: str) -> float:
    body = json.dumps({"model": "colloquy", "messages": [{"role": "user", "content": QUESTION}]}).encode()
    request = urllib.request.Request(f"{url}/v1/chat/completions", body, {"content-type": "application/json"})  # noqa: S310
    started = time.perf_counter()
    with urllib.request.urlopen(request) as response:  # noqa: S310
        answer = json.load(response)
    assert "[1]" in answer["choices"][0]["message"]["content"]
    return time.perf_counter() - started


def _peak_mib(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) / _KIB_PER_MIB if found else float("nan")


def measure(runs: int) -> dict[str, float]:
    """The median of every figure over `runs` runs."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as compiled, tempfile.TemporaryDirectory() as data:
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        uncompiled = serve_once(Path(data))["first_answer_s"]
        return {"uncompiled_first_answer_s": uncompiled} | _measure(runs)


def _measure(runs: int) -> dict[str, float]:
    rows: list[dict[str, float]] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder)
            new = {f"new_{name}": value for name, value in serve_once(data).items()}
            warm = serve_once(data)
            baseline, ours = import_seconds("openai"), import_seconds("server.app")
            imports = {"import_openai_s": baseline, "import_service_s": ours, "import_ratio": ours / baseline}
            rows.append(new | warm | imports | survey_once(data))
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path, default=None)
    options = parser.parse_args()
    figures = measure(options.runs)
    print(f"medians of {options.runs} runs; new_ = first start ever, planting the seed library")
    for name, value in figures.items():
        print(f"{name:<24} {value:>9.2f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
