"""Names of people, from the many ways in which files list them."""

import re
from collections.abc import Mapping

Listed = list[object] | tuple[object, ...]

_SPACE = re.compile(r"\s+")
_EAST_ASIAN = re.compile(r"[\u3040-\u9fff\uac00-\ud7af]")


def names_in(value: object) -> tuple[str, ...]:
    """The names in order, each once: from a list of strings or objects, or from one string."""
    items: Listed = value if isinstance(value, list | tuple) else [value]
    if isinstance(value, str):
        items = _divided(value)
    names = [_name(item) for item in items]
    return tuple(dict.fromkeys(name for name in names if name and name.lower() not in ("others", "et al", "et al.")))


def spoken(name: str) -> str:
    """ "Müller, Hans" as "Hans Müller"; a name with another number of commas as it is."""
    last, comma, first = (part.strip() for part in name.partition(","))
    return f"{first} {last}" if comma and first and "," not in first else name.strip()


def _name(item: object) -> str:
    """A name from a string, {"name": ...}, or its parts as reference managers and citation styles call them."""
    if isinstance(item, Mapping):
        whole = item.get("name") or item.get("literal") or item.get("display_name")
        item = whole or " ".join(str(item[part]) for part in ("given", "family") if isinstance(item.get(part), str))
    return _SPACE.sub(" ", item).strip() if isinstance(item, str) else ""


def _divided(text: str) -> list[object]:
    """Several names in one string. Commas divide them where most parts have the two words of a name."""
    text = re.sub(r"[^\S\n]+", " ", text)
    if re.search(r"[;|\n]", text):
        return [spoken(part) for part in re.split(r"[;|\n]", text)]
    parts = re.split(r"\s+(?:and|&)\s+", text)
    if len(parts) == 1 or "," in parts[0]:
        commas = re.split(r",\s*(?:and\s+|&\s*)?|\s+(?:and|&)\s+|[、，]", text)
        whole = [len(part.split()) > 1 or bool(_EAST_ASIAN.search(part)) for part in commas if part.strip()]
        if whole and whole[0] and 2 * sum(whole) > len(whole):
            return [*commas]
    return [spoken(part) for part in parts]
