"""A Chroma server of a test's own."""

import socket
import subprocess
import sys
import time
from pathlib import Path

from tools.errors import OperatorError
from tools.library.vector_server import VectorServer


class ChromaServer:
    """`chroma run` in a folder. It can be killed and started again on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        chroma = str(Path(sys.executable).with_name("chroma"))
        command = [chroma, "run", "--path", str(self._folder), "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        server, until = VectorServer(self.url), time.monotonic() + 60
        while True:
            try:
                server.check()
                break
            except OperatorError:
                assert self._process.poll() is None, "chroma run ended by itself"
                assert time.monotonic() < until, "chroma run does not answer"
        server.close()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
