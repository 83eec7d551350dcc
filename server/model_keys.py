"""The keys of models, read from where the models file says they are."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from server.models_faults import Fault
from server.toml_lines import Place

_SURELY_A_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
_MOUNTED_SECRETS = Path("/run/secrets")
_LONGEST_KEY = 10_000


class Keys:
    """`found` has the keys by the model's name; `warnings` say which files others can read.

    Relative files are looked for in `folder`.
    """

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = environ
        self.found: dict[str, SecretStr] = {}
        self.warnings: list[Fault] = []

    def read(self, content: Mapping[str, object]) -> Iterator[Fault]:
        """Reads the key of every model in `content`; yields what stands in the way."""
        models = content.get("models")
        for index, entry in enumerate(models if isinstance(models, list) else []):
            if not isinstance(entry, dict):
                continue
            variable, file = entry.get("api_key_env"), entry.get("api_key_file")
            place: Place = ("models", index, "api_key_env" if variable else "api_key_file")
            key: str | Fault | None = None
            if variable and file:
                key = Fault(place, "name the key's place once: api_key_env or api_key_file, not both")
            elif isinstance(variable, str) and variable:
                key = self._from_environment(place, variable)
            elif isinstance(file, str) and file:
                key = self._from_file(place, file)
            if isinstance(key, Fault):
                yield key
            elif key:
                self.found[str(entry.get("name"))] = SecretStr(key)

    def _from_environment(self, place: Place, variable: str) -> str | Fault:
        key = self._environ.get(variable, "").strip()
        if not key and _SURELY_A_NAME.fullmatch(variable) is None:
            # what stands here may be the key itself, so it is not repeated
            return Fault(place, "no environment variable has this name; give its name here, not the key itself")
        if not key:
            return Fault(place, f"the environment variable {variable} is not set; set it to the key")
        return _sound(place, key, f"the environment variable {variable}")

    def _from_file(self, place: Place, name: str) -> str | Fault:
        try:
            path = self._folder / Path(name).expanduser()
            if not path.is_file():
                return Fault(place, f"there is no file {path}; write the key into it")
            with path.open("rb") as file:
                key = file.read(_LONGEST_KEY).decode("utf-8-sig", "replace").strip()
            mode = path.stat().st_mode
        except (OSError, RuntimeError, ValueError) as error:
            return Fault(place, f"the key's file cannot be read ({getattr(error, 'strerror', None) or error})")
        # containers mount secrets readable for all; nobody else is in there
        if os.name == "posix" and mode & stat.S_IROTH and not path.resolve().is_relative_to(_MOUNTED_SECRETS):
            self.warnings.append(Fault(place, f"every user of this machine can read the key: chmod 600 {path}"))
        return _sound(place, key, str(path))


def may_be_key(text: str) -> bool:
    """Whether the text can be sent as a key at all."""
    return text.isascii() and text.isprintable() and " " not in text


def _sound(place: Place, key: str, source: str) -> str | Fault:
    if not key:
        return Fault(place, f"{source} is empty; write the key into it")
    if not may_be_key(key):
        return Fault(place, f"{source} holds something else than a key: it has to be one word of plain characters")
    return key
