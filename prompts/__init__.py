"""The prompt texts and their loader.

A prompt is `prompts/<task>.md`: TOML front matter between `+++` lines (`version`, `variables`,
`source`), then a system part and a user part separated by a line `--- user ---`. `{{name}}` marks a
hole. Every hole must be declared and every declared variable used; that is checked when it is loaded.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent
_HOLE = re.compile(r"\{\{(\w+)\}\}")
_SHAPE = re.compile(r"\A\+\+\+\n(?P<front>.*?)\n\+\+\+\n(?P<system>.*?)\n--- user ---\n(?P<user>.*)\Z", re.DOTALL)


class BadPrompt(ValueError):
    """A prompt file that cannot be used; the message names the file and the fault."""


@dataclass(frozen=True)
class Prompt:
    """A prompt ready to be filled. `version` travels with every call made from it."""

    name: str
    version: str
    variables: frozenset[str]
    system: str
    user: str

    def fill(self, values: Mapping[str, str]) -> tuple[str, str]:
        """The system and the user text with every hole filled.

        A value is inserted as it is: `{{...}}` inside a value stays text, it is never filled itself.
        """
        missing = self.variables - values.keys()
        if missing:
            raise BadPrompt(f"prompt {self.name}: no value for {', '.join(sorted(missing))}")
        return _fill(self.system, values), _fill(self.user, values)


def parse_prompt(name: str, text: str) -> Prompt:
    """The prompt in `text`. Raises BadPrompt where front matter and holes disagree."""
    shape = _SHAPE.match(text)
    if shape is None:
        raise BadPrompt(f"prompt {name}: wants '+++' front matter, a system part, '--- user ---', a user part")
    try:
        front = tomllib.loads(shape["front"])
        version, declared = str(front["version"]), frozenset(map(str, front["variables"]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BadPrompt(f"prompt {name}: front matter: {error}") from error
    used = frozenset(_HOLE.findall(shape["system"]) + _HOLE.findall(shape["user"]))
    if used != declared:
        raise BadPrompt(f"prompt {name}: declared {sorted(declared)}, used {sorted(used)}")
    return Prompt(name, version, declared, shape["system"].strip(), shape["user"].strip())


def load_prompts(folder: Path = _FOLDER) -> dict[str, Prompt]:
    """Every prompt in `folder`, by name."""
    return {path.stem: parse_prompt(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.md"))}


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _HOLE.sub(lambda hole: values[hole[1]], template)
