"""What looking over a deployment found."""

from typing import Literal

from tools.types import Value

State = Literal["ok", "warning", "failed"]


class Finding(Value):
    """What a look at one thing found. `fix` is what to do where it is not as it must be."""

    check: str
    state: State
    found: str
    fix: str = ""
