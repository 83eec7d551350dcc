"""Looking over a deployment: what is not as it must be, and what to do about it."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from server.doctor_databases import look_at_clocks, look_at_databases, look_at_workers
from server.doctor_vectors import look_at_vectors
from server.finding import Finding
from server.models import open_plan
from server.settings import LOOPBACK, Settings, environment
from tools.errors import ColloquyError

LEAST_FREE_GB: Final = 1.0
SHORTEST_KEY: Final = 16


Look = Callable[[Settings], Awaitable[Sequence[Finding]]]


async def examine(settings: Settings, *, models_within_s: float | None) -> AsyncIterator[Finding]:
    """Every finding as it is made. Models are tried, which costs some tokens, where a time is given for it."""
    looks: list[Look] = [
        _in_thread(_data_folder),
        _in_thread(_exposure),
        _in_thread(look_at_databases),
        _in_thread(look_at_clocks),
        _in_thread(look_at_vectors),
        _in_thread(look_at_workers),
    ]
    for look in looks:
        for finding in await look(settings):
            yield finding
    if models_within_s is not None:
        for finding in await _models(settings, models_within_s):
            yield finding


def _in_thread(look: Callable[[Settings], Sequence[Finding]]) -> Look:
    async def found(settings: Settings) -> Sequence[Finding]:
        return await asyncio.to_thread(look, settings)

    return found


def _data_folder(settings: Settings) -> Sequence[Finding]:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as written:
            written.write(b"x" * 4096)
            written.flush()
            os.fsync(written.fileno())
        free_gb = shutil.disk_usage(folder).free / 1e9
    except OSError as error:
        why = f"{folder} cannot be written to ({error.strerror})"
        fix = "Give it to the user whom Colloquy runs as, make space, or set COLLOQUY_DATA_DIR to another folder."
        return [Finding(check="data folder", state="failed", found=why, fix=fix)]
    writable = Finding(check="data folder", state="ok", found=f"{folder} can be written to")
    if free_gb < LEAST_FREE_GB:
        low = f"{free_gb:.2f} GB are free under {folder}"
        fix = f"Make space: indexes and uploads need at least {LEAST_FREE_GB:g} GB."
        return [writable, Finding(check="disk", state="failed", found=low, fix=fix)]
    return [writable, Finding(check="disk", state="ok", found=f"{free_gb:,.0f} GB are free")]


def _exposure(settings: Settings) -> Sequence[Finding]:
    keys = [key.get_secret_value() for key in settings.api_keys]
    if settings.host not in LOOPBACK and not keys:
        found = f"it listens on {settings.host} without an API key, and refuses to start so"
        fix = "Set COLLOQUY_API_KEYS to a long secret, or listen on 127.0.0.1."
        return [Finding(check="exposure", state="failed", found=found, fix=fix)]
    if short := sum(len(key) < SHORTEST_KEY for key in keys):
        found = f"{short} of {len(keys)} API keys have fewer than {SHORTEST_KEY} characters"
        fix = "Make new ones: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        return [Finding(check="exposure", state="warning", found=found, fix=fix)]
    who = f"{len(keys)} API keys" if keys else "no API key: only requests from this machine are answered"
    return [Finding(check="exposure", state="ok", found=f"listens on {settings.host}, {who}")]


async def _models(settings: Settings, within_s: float) -> Sequence[Finding]:
    from server.model_check import check_model

    try:
        async with open_plan(settings, environment()) as (plan, http):
            entries = plan.models if plan else ()
            tries = [check_model(entry, http, within_s, lambda _: None) for entry in entries]
            reports = await asyncio.gather(*tries)
    except ColloquyError as error:
        return [Finding(check="models", state="failed", found=error.message, fix="Mend the models file.")]
    if not reports:
        fix = "Set OPENAI_API_KEY or write a models.toml; without one, answers quote the library."
        return [Finding(check="models", state="warning", found="no language model is configured", fix=fix)]
    found = []
    for report in reports:
        first = next(iter(report.findings), None)
        if report.usable:
            found.append(Finding(check=f"model: {report.model}", state="ok", found="reached, and it answers"))
        else:
            why, fix = (first.problem, first.fix) if first else ("it does not answer", "Run: colloquy models check")
            found.append(Finding(check=f"model: {report.model}", state="failed", found=why, fix=fix))
    return found
