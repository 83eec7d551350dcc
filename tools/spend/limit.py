"""Budgets as they are written in settings."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from tools.types import Value

_NUMBER = r"(?P<number>(?:\d{1,3}(?:[,_]\d{3})+|\d+)(?:\.\d*)?|\.\d+)"
_USD = re.compile(rf"(?:\$|usd|us\$)\s*{_NUMBER}|{_NUMBER.replace('number', 'amount')}\s*(?:\$|usd)", re.IGNORECASE)
_TOKENS = re.compile(rf"{_NUMBER}\s*(?P<times>k|m|)\s*tokens?", re.IGNORECASE)
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000}


class Limit(Value):
    """An amount of money, or of tokens, prompt and completion together."""

    amount: float = Field(ge=0, allow_inf_nan=False)
    unit: Literal["usd", "tokens"]

    def __str__(self) -> str:
        return shown(self.amount, self.unit)


def parse_limit(text: str) -> Limit:
    """The limit that the text says. Raises ValueError, which says how to write one."""
    if found := _USD.fullmatch(text.strip()):
        return Limit(amount=_number(found["number"] or found["amount"]), unit="usd")
    if found := _TOKENS.fullmatch(text.strip()):
        return Limit(amount=_number(found["number"]) * _TIMES[found["times"].lower()], unit="tokens")
    raise ValueError(f"'{text[:60]}' is no budget; write it like $0.50, 0.50 usd, 200000 tokens or 200k tokens")


def shown(amount: float, unit: Literal["usd", "tokens"]) -> str:
    """An amount for people: "$0.50", "200,000 tokens"."""
    if unit == "tokens":
        return f"{amount:,.0f} tokens"
    cents = f"{amount:,.2f}"
    return f"${cents if float(cents.replace(',', '')) == amount else f'{amount:,.6f}'.rstrip('0').rstrip('.')}"


def _parsed(value: object) -> object:
    return parse_limit(value) if isinstance(value, str) else value


LimitText = Annotated[Limit, BeforeValidator(_parsed)]
"""A limit that may be given as text."""


class Budgets(Value):
    """The limits of a deployment; None is no limit. A day is a day in UTC."""

    per_request: Limit | None = None
    per_job: Limit | None = None
    per_key_per_day: Limit | None = None

    @property
    def in_usd(self) -> bool:
        """Whether some limit is one of money, so that every model needs a price."""
        limits = (self.per_request, self.per_job, self.per_key_per_day)
        return any(limit is not None and limit.unit == "usd" for limit in limits)


def _number(text: str) -> float:
    return float(re.sub("[,_]", "", text))
