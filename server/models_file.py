"""The models file: which endpoints there are and which plays which part."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, model_validator

from tools.errors import BadSettings
from tools.llm.endpoint import Endpoint
from tools.types import Value


class EndpointEntry(Endpoint):
    """An endpoint as the file writes it: its key stays in the environment."""

    api_key_env: str = ""

    @model_validator(mode="before")
    @classmethod
    def _keyless(cls, content: object) -> object:
        if isinstance(content, dict) and "api_key" in content:
            raise ValueError(
                "a key does not belong in this file: put it in an environment variable, and that "
                "variable's name here as api_key_env"
            )
        return content


class Roles(Value):
    """Names of models; the first expert plays every part that is not given to another."""

    experts: tuple[str, ...] = ()
    router: str = ""
    aggregator: str = ""
    writer: str = ""


class ModelsFile(Value):
    models: tuple[EndpointEntry, ...] = Field(min_length=1)
    roles: Roles = Roles()


def read_models_file(path: Path, environ: Mapping[str, str]) -> ModelsFile:
    """The file's models with their keys filled in. Raises BadSettings naming the file, the place and the fix."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise BadSettings(f"Models file {path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"Models file {path}: not valid TOML: {error}") from error
    try:
        parsed = ModelsFile.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(f"{_place(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise BadSettings(f"Models file {path}: {faults}") from None
    _check_names(path, parsed)
    return parsed.model_copy(update={"models": tuple(_with_key(path, entry, environ) for entry in parsed.models)})


def _check_names(path: Path, parsed: ModelsFile) -> None:
    names = [entry.name for entry in parsed.models]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise BadSettings(f"Models file {path}: two models are called {', '.join(sorted(repeated))}")
    if "extractive" in names:
        raise BadSettings(f"Models file {path}: the name 'extractive' is taken by the built-in model")
    roles = parsed.roles
    asked = {*roles.experts, roles.router, roles.aggregator, roles.writer} - {"", "extractive"}
    if unknown := asked - set(names):
        raise BadSettings(
            f"Models file {path}: [roles] names {', '.join(sorted(unknown))}, which no [[models]] entry has; "
            f"known are {', '.join(names)}"
        )


def _with_key(path: Path, entry: EndpointEntry, environ: Mapping[str, str]) -> EndpointEntry:
    if not entry.api_key_env:
        return entry
    key = environ.get(entry.api_key_env, "")
    if not key:
        raise BadSettings(
            f"Models file {path}: model '{entry.name}' wants its key in {entry.api_key_env}, which is not set"
        )
    return entry.model_copy(update={"api_key": SecretStr(key)})


def _place(location: tuple[int | str, ...]) -> str:
    return ".".join(f"{part + 1}" if isinstance(part, int) else str(part) for part in location) or "the file"
