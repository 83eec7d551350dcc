"""From settings to the recording that stands between the models and the network."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Literal

import httpx2
from pydantic import ValidationError

from server.models_file import ModelsFile
from server.settings import Settings
from tools.errors import BadSettings, UnreadableFile
from tools.recording.folder import HEADER, Header, RecordingFolder
from tools.recording.masking import Mask
from tools.recording.network import Network
from tools.recording.recorder import Recorder
from tools.recording.replay import Replay, ReplayOrRecord

SHAPING = ("experts_per_agent", "evidence_limit", "panel_quorum", "panel_patience")
"""Settings that decide what models are asked. None of them may ever hold a secret: they are written down."""

_KEYS = {"api_key", "api_key_env", "api_key_file"}
_NO_WAITING = {"requests_per_minute": None, "tokens_per_minute": None}


def recorded_settings(settings: Settings) -> Settings:
    """The settings, with those that shape requests as they were when the recording was made that is replayed.

    Raises UnreadableFile where there is no recording to replay.
    """
    if settings.recording is None or settings.recording_mode not in ("replay", "auto"):
        return settings
    folder = RecordingFolder(settings.recording)
    if settings.recording_mode == "auto" and not folder.is_recording():
        return settings
    kept = folder.header().settings
    return settings.model_copy(update={name: value for name, value in kept.items() if name in SHAPING})


def recording_transport(settings: Settings, limits: httpx2.Limits | None = None) -> httpx2.AsyncBaseTransport | None:
    """What models are reached through, None where nothing is recorded or replayed."""
    if settings.recording is None or settings.recording_mode == "live":
        return None
    return transport_for(RecordingFolder(settings.recording), settings.recording_mode, limits)


def transport_for(
    folder: RecordingFolder, mode: Literal["live", "record", "replay", "auto"], limits: httpx2.Limits | None = None
) -> httpx2.AsyncBaseTransport:
    """The transport that does with the folder what the mode says."""
    match mode:
        case "live":
            return Network(limits)
        case "replay":
            return Replay(folder)
        case "record":
            return Recorder(Network(limits), folder)
        case "auto":
            return ReplayOrRecord(Replay(folder), Recorder(Network(limits), folder))


async def recorded_plan(settings: Settings, read: Callable[[], Awaitable[ModelsFile | None]]) -> ModelsFile | None:
    """The models to use: those of the recording in a replay, else those that `read` finds, which are written down.

    Raises BadSettings where a recording was made with other models, and UnreadableFile.
    """
    if settings.recording is None or settings.recording_mode == "live":
        return await read()
    folder = RecordingFolder(settings.recording)
    if settings.recording_mode == "replay":
        return await asyncio.to_thread(_read_plan, folder)
    plan = await read()
    if plan is None and settings.recording_mode == "auto" and await asyncio.to_thread(folder.is_recording):
        return await asyncio.to_thread(_read_plan, folder)
    mask = Mask([entry.api_key.get_secret_value() for entry in plan.models] if plan else [])
    header = await asyncio.to_thread(folder.start, _header(settings, plan), mask)
    if _cast(_plan_of(folder, header)) != _cast(plan):
        raise BadSettings(
            f"The recording in {folder.path} was made with other models; {HEADER} there names them. "
            "Record into a new folder."
        )
    return plan


def _header(settings: Settings, plan: ModelsFile | None) -> Header:
    models = [f"{entry.name} ({entry.model})" for entry in plan.models] if plan else []
    pool = plan.model_dump(mode="json", exclude={"models": {"__all__": _KEYS}}, exclude_none=True) if plan else None
    return Header(
        made=settings.recording_made or f"Recorded from live endpoints. Models: {', '.join(models) or 'none'}.",
        date=datetime.now(UTC).date().isoformat(),
        colloquy=version("colloquy"),
        command=("colloquy", *sys.argv[1:]),
        settings={name: getattr(settings, name) for name in SHAPING},
        pool=pool,
    )


def _read_plan(folder: RecordingFolder) -> ModelsFile | None:
    return _plan_of(folder, folder.header())


def _plan_of(folder: RecordingFolder, header: Header) -> ModelsFile | None:
    """The recorded models, as a replay uses them: nothing waits for limits that only the endpoints have."""
    if header.pool is None:
        return None
    try:
        plan = ModelsFile.model_validate(header.pool)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise UnreadableFile(f"Recording {folder.path / HEADER}: pool.{place}: {fault['msg']}") from None
    return plan.model_copy(update={"models": tuple(entry.model_copy(update=_NO_WAITING) for entry in plan.models)})


def _cast(plan: ModelsFile | None) -> object:
    """What of a plan shows in requests: which models there are, and which parts they play."""
    return plan and ([(entry.name, entry.model) for entry in plan.models], plan.roles)
