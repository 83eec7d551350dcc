"""All checks by code, in the order in which they are reported."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from agents.critic.asked import Asked
from agents.critic.checks.acronyms import acronyms
from agents.critic.checks.arithmetic import arithmetic
from agents.critic.checks.attribution import attribution, why_no_attribution
from agents.critic.checks.citations import citations
from agents.critic.checks.code_blocks import code_blocks
from agents.critic.checks.counts import counts
from agents.critic.checks.definitions import definitions
from agents.critic.checks.duplicates import duplicates
from agents.critic.checks.form import form, why_no_form
from agents.critic.checks.glosses import glosses
from agents.critic.checks.guesses import guesses
from agents.critic.checks.language import language
from agents.critic.checks.length import length
from agents.critic.checks.lost_content import lost_content
from agents.critic.checks.numbers import numbers, why_no_numbers
from agents.critic.checks.orders import orders
from agents.critic.checks.placeholders import placeholders
from agents.critic.checks.subject import subject
from agents.critic.checks.values import values
from agents.critic.remark import SEVERITIES, Remark
from agents.critic.text import Document
from tools.types import Value

Side = Literal["soundness", "form"]
"""Whether a check is about what the text says or how it says it."""

_MOST_PER_CHECK = 40


def _always(asked: Asked) -> str:
    del asked
    return ""


@dataclass(frozen=True)
class Check:
    """A check; `why_not` tells why it cannot be made, if it cannot."""

    name: str
    side: Side
    find: Callable[[Document, Asked], Iterator[Remark]]
    why_not: Callable[[Asked], str] = _always


CHECKS = (
    Check("orders", "soundness", orders),
    Check("subject", "soundness", subject),
    Check("numbers", "soundness", numbers, why_no_numbers),
    Check("citations", "soundness", citations),
    Check("attribution", "soundness", attribution, why_no_attribution),
    Check("guesses", "soundness", guesses),
    Check("counts", "soundness", counts),
    Check("arithmetic", "soundness", arithmetic),
    Check("values", "soundness", values),
    Check("definitions", "soundness", definitions),
    Check("acronyms", "soundness", acronyms),
    Check("glosses", "soundness", glosses),
    Check("language", "form", language),
    Check("length", "form", length),
    Check("form", "form", form, why_no_form),
    Check("placeholders", "form", placeholders),
    Check("lost_content", "form", lost_content),
    Check("code_blocks", "form", code_blocks),
    Check("duplicates", "form", duplicates),
)


class CheckReport(Value):
    """One check: how much it found, or why it was not made. `hidden` were too many to list."""

    name: str
    side: Side
    found: int = 0
    hidden: int = 0
    not_made: str = ""


def checked(document: Document, asked: Asked) -> tuple[tuple[CheckReport, ...], tuple[Remark, ...]]:
    """What every check found, the gravest first, then in the order of the text."""
    reports: list[CheckReport] = []
    remarks: list[Remark] = []
    for check in CHECKS:
        if reason := check.why_not(asked):
            reports.append(CheckReport(name=check.name, side=check.side, not_made=reason))
            continue
        found = in_order(check.find(document, asked))
        remarks.extend(found[:_MOST_PER_CHECK])
        hidden = max(0, len(found) - _MOST_PER_CHECK)
        reports.append(CheckReport(name=check.name, side=check.side, found=len(found), hidden=hidden))
    return tuple(reports), tuple(in_order(remarks))


def in_order(remarks: "Iterator[Remark] | list[Remark]") -> list[Remark]:
    """The remarks by gravity, then by place; those about the whole text first."""
    return sorted(remarks, key=lambda one: (SEVERITIES.index(one.severity), one.where.start if one.where else -1))
