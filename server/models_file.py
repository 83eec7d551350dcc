"""The models file: which endpoints there are, what they cost and can take, and which plays which part."""

import logging
import math
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import Field, ValidationError, field_validator

from server.model_keys import Keys
from server.models_faults import Fault, did_you_mean, faults_of, told
from server.toml_lines import Place, lines_of
from tools.errors import BadSettings
from tools.llm.endpoint import Endpoint
from tools.types import Value

log = logging.getLogger("colloquy")

BUILT_IN = "extractive"
_SECRET = re.compile(r"key|token|secret|passw|signature|auth", re.IGNORECASE)
_TOML_FAULT = re.compile(r"^(?P<said>.*?) ?\(at (?:line (?P<line>\d+), column \d+|end of document)\)$", re.DOTALL)
_ELSEWHERE = "a key does not belong here: put it in an environment variable or a file, and name that in api_key_env "
_ELSEWHERE += "or api_key_file"


class EndpointEntry(Endpoint):
    """An endpoint as the file writes it: its key stays in the environment or in a file of its own."""

    api_key_env: str = ""
    api_key_file: str = ""

    @field_validator("base_url", mode="before")
    @classmethod
    def _keyless(cls, value: object) -> object:
        rest = str(value).partition("//")[2] or str(value)
        if "@" in rest.partition("/")[0] or _SECRET.search(rest.partition("?")[2]):
            raise ValueError(_ELSEWHERE)
        return value


class Roles(Value):
    """Names of models; the first expert plays every part that is not given to another.

    `fallbacks` are asked, in order, when a model fails that names none of its own.
    """

    experts: tuple[str, ...] = ()
    router: str = ""
    aggregator: str = ""
    writer: str = ""
    fallbacks: tuple[str, ...] = ()


class ModelsFile(Value):
    models: tuple[EndpointEntry, ...] = Field(min_length=1)
    roles: Roles = Roles()


def read_models_file(path: Path, environ: Mapping[str, str]) -> ModelsFile:
    """The file's models with their keys and fallbacks filled in; what is odd but usable is logged as a warning.

    Raises BadSettings that names every fault with its line and the fix.
    """
    text, content = _content(path)
    lines = lines_of(text)
    names = _names(content)
    keys = Keys(path.parent, environ)
    faults = [*_misplaced(content), *_endless((), content), *_wrong_names(names), *keys.read(content)]
    plan = None
    try:
        plan = ModelsFile.model_validate(content)
    except ValidationError as error:
        faults += faults_of(error, ModelsFile)
    else:
        faults += _wrong_patience(plan)
    faults += _unknown_names(content, names)
    if faults or plan is None:
        raise BadSettings(told(path, faults, lines, names))
    for warning in (*keys.warnings, *_odd_prices(plan)):
        log.warning(told(path, [warning], lines, names))
    entries = (_completed(entry, plan.roles, keys) for entry in plan.models)
    return plan.model_copy(update={"models": tuple(entries)})


def _content(path: Path) -> tuple[str, dict[str, object]]:
    try:
        text = path.read_text("utf-8-sig")
        return text, tomllib.loads(text)
    except OSError as error:
        raise BadSettings(f"Models file {path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadSettings(f"Models file {path}: is not UTF-8 text ({error.reason}); save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        found = _TOML_FAULT.match(str(error))
        line, said = (found["line"], found["said"]) if found else (None, str(error))
        raise BadSettings(f"{path}:{line or len(text.splitlines())}: not valid TOML: {said}") from error
    except RecursionError as error:
        raise BadSettings(f"Models file {path}: its brackets are nested too deeply") from error


def _names(content: Mapping[str, object]) -> list[str]:
    """The name of each model, or "" where there is none to read."""
    models = content.get("models")
    entries = models if isinstance(models, list) else []
    return [name if isinstance(entry, dict) and isinstance(name := entry.get("name"), str) else "" for entry in entries]


def _misplaced(content: dict[str, object]) -> list[Fault]:
    """What is written in the wrong way, each taken out of `content` so that the rest can be judged."""
    models = content.get("models")
    if isinstance(models, dict):
        content["models"] = [models]
        return [Fault(("models",), "a model starts with two brackets: write [[models]]")]
    faults = []
    for index, entry in enumerate(models if isinstance(models, list) else []):
        if not isinstance(entry, dict):
            continue
        for name in [name for name in entry if name not in EndpointEntry.model_fields or name == "api_key"]:
            place: Place = ("models", index, name)
            if name == "timeout_s":
                faults.append(Fault(place, f"write timeouts = {{ total_s = {entry.pop(name)} }}"))
            elif _SECRET.search(name):
                del entry[name]
                faults.append(Fault(place, _ELSEWHERE))
    return faults


def _endless(place: Place, value: object) -> Iterator[Fault]:
    """Infinite numbers, which no limit, price or time can be."""
    if isinstance(value, float) and math.isinf(value):
        yield Fault(place, "must be a finite number; leave it out where there is no limit")
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _endless((*place, key), part)


def _wrong_names(names: Sequence[str]) -> list[Fault]:
    faults = []
    for index, name in enumerate(names):
        place: Place = ("models", index, "name")
        if name and name in names[:index]:
            faults.append(Fault(place, "another model has this name; each needs its own"))
        if name == BUILT_IN:
            faults.append(Fault(place, "this name is taken by the built-in model; choose another"))
    return faults


def _unknown_names(content: Mapping[str, object], names: Sequence[str]) -> list[Fault]:
    """Names in the roles and the lists of fallbacks that no model has."""
    roles = content.get("roles")
    faults = []
    for part, value in roles.items() if isinstance(roles, dict) else ():
        for place, name in _named(("roles", part), value) if part in Roles.model_fields else ():
            if name not in names and not (name == BUILT_IN and part != "fallbacks"):
                faults.append(_no_such_model(place, name, names))
    models = content.get("models")
    for index, entry in enumerate(models if isinstance(models, list) else []):
        own = entry.get("fallbacks") if isinstance(entry, dict) else None
        for place, name in _named(("models", index, "fallbacks"), own):
            if name == names[index]:
                faults.append(Fault(place, "a model cannot stand in for itself; leave it out"))
            elif name not in names:
                faults.append(_no_such_model(place, name, names))
    return faults


def _named(place: Place, value: object) -> list[tuple[Place, str]]:
    if isinstance(value, list):
        return [((*place, index), name) for index, name in enumerate(value) if isinstance(name, str)]
    return [(place, value)] if isinstance(value, str) and value else []


def _no_such_model(place: Place, name: str, names: Sequence[str]) -> Fault:
    if name == BUILT_IN:
        return Fault(place, "the extractive model always answers last; leave it out")
    return Fault(place, f"no [[models]] entry is called '{name}'; {did_you_mean(name, [n for n in names if n])}")


def _wrong_patience(plan: ModelsFile) -> list[Fault]:
    """First tokens and connections that may take longer than the whole answer. Defaults give way instead."""
    faults = []
    for index, entry in enumerate(plan.models):
        waits = entry.timeouts
        for name in ("connect_s", "first_token_s", "between_tokens_s"):
            if name in waits.model_fields_set and getattr(waits, name) > waits.total_s:
                said = f"must not be longer than total_s, which is {waits.total_s:g}; write a larger total_s too"
                faults.append(Fault(("models", index, "timeouts", name), said))
    return faults


def _odd_prices(plan: ModelsFile) -> list[Fault]:
    return [
        Fault(("models", index, "price", "cached"), "cached tokens cost more than others here; are the two mixed up?")
        for index, entry in enumerate(plan.models)
        if entry.price and entry.price.cached is not None and entry.price.cached > entry.price.input
    ]


def _completed(entry: EndpointEntry, roles: Roles, keys: Keys) -> EndpointEntry:
    update: dict[str, object] = {}
    if entry.name in keys.found:
        update["api_key"] = keys.found[entry.name]
    if roles.fallbacks and "fallbacks" not in entry.model_fields_set:
        update["fallbacks"] = tuple(name for name in roles.fallbacks if name != entry.name)
    return entry.model_copy(update=update)
