"""What `colloquy worker` does: it writes the deployment's surveys until it is stopped."""

import asyncio
import signal
from contextlib import AsyncExitStack

from rich.console import Console

from server.job_watch import JobWatch
from server.job_wiring import open_jobs
from server.job_workers import Worker
from server.logs import set_up_logs
from server.opening import shown_progress
from server.settings import Settings, environment
from server.spans import open_spans
from server.wiring import open_assistant
from tools.llm.account import Watch

_out = Console(highlight=False, soft_wrap=True)


async def run_worker(settings: Settings) -> int:
    """Writes surveys until interrupted; what is unfinished then is left to other workers, or to the next."""
    set_up_logs(settings.log_format, settings.log_level, settings.secrets)
    spans = open_spans(environment())
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        async with AsyncExitStack() as stack:
            with shown_progress() as progress:
                opening = open_assistant(settings, share=True, watch=Watch(spans.call_ended), progress=progress)
                assistant = await stack.enter_async_context(opening)
            worker, watch = Worker("worker"), JobWatch(spans=spans)
            await stack.enter_async_context(open_jobs(settings, assistant, worker, watch))
            _out.print(f"[bold]Colloquy[/] writes surveys, {settings.surveys_at_once} at a time. Ctrl-C stops it.")
            await stopped.wait()
    finally:
        await asyncio.to_thread(spans.close)
    return 0
