"""Running the HTTP service until it is stopped."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager

import uvicorn
from rich.console import Console

from server.app import create_app
from server.logs import set_up_logs
from server.opening import shown_progress
from server.settings import Settings
from server.talk import Service
from tools.errors import OperatorError

_STOPPING = (signal.SIGINT, signal.SIGTERM)

_out = Console(highlight=False, soft_wrap=True)


async def run_server(settings: Settings) -> int:
    """Serves until interrupted. Raises OperatorError when the address cannot be had."""
    settings.check_exposure()
    set_up_logs(settings.log_format, settings.log_level, settings.secrets)
    listening = _bind(settings.host, settings.port)
    try:
        # opened here and not by uvicorn, so that what goes wrong is one clear error instead of a stack trace
        async with AsyncExitStack() as stack:
            with shown_progress() as progress:
                app = create_app(settings, progress=progress)
                await stack.enter_async_context(app.router.lifespan_context(app))
            # its loggers write through the format set up above, and requests have lines of their own
            config = uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                timeout_graceful_shutdown=5,
            )
            await _Announcing(config, _url(listening), app.state.service).serve(sockets=[listening])
    finally:
        listening.close()
    return 0


class _Announcing(uvicorn.Server):
    """Says where it listens and what to do next, once it answers."""

    def __init__(self, config: uvicorn.Config, url: str, service: Service) -> None:
        super().__init__(config)
        self._url = url
        self._assistant = service.assistant

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stops at SIGINT and SIGTERM, and that is all.

        uvicorn itself raises the signal again once it has stopped, which would end the process before the
        library is closed.
        """
        loop = asyncio.get_running_loop()
        for number in _STOPPING:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in _STOPPING:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        assistant = self._assistant
        papers = await assistant.count_papers()
        names = ", ".join(model.name for model in assistant.pool.models)
        _out.print(f"[bold]Colloquy[/] is listening on [bold]{self._url}[/]")
        held = "one for each API key" if papers is None else f"{papers:,} papers"
        _out.print(f"  library   {held}, in {assistant.settings.data_dir}", markup=False)
        _out.print(f"  models    {names}", markup=False)
        if assistant.pool.extractive:
            _out.print("            no language model is configured: answers quote the library. Set OPENAI_API_KEY,")
            _out.print("            or see seeds/models.toml for other endpoints.")
        _out.print(
            f"  try       curl {self._url}/v1/chat/completions -H 'content-type: application/json' \\", markup=False
        )
        if assistant.settings.api_keys:
            _out.print("              -H 'authorization: Bearer YOUR-KEY' \\", markup=False)
        question = "Compare Symbolic-MoE and SurveyForge"
        _out.print(
            f'              -d \'{{"model": "colloquy", "messages": [{{"role": "user", "content": "{question}"}}]}}\'',
            markup=False,
        )
        level, form = assistant.settings.log_level, assistant.settings.log_format
        _out.print(f"  watch     {self._url}/metrics, and the log on stderr ({level}, {form})", markup=False)
        _out.print("  stop      Ctrl-C")


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OperatorError(
            f"Cannot listen on {host}:{port} ({error.strerror}). Is Colloquy running already? "
            "Choose another with --port, or stop what uses it.",
            param="port",
        ) from error
    return listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
