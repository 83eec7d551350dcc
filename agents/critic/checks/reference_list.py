"""Which part of a text is its list of references."""

import re

from agents.critic.text import Block
from agents.notices import is_reference_heading

_HEADING = re.compile(
    r"\breferences?\b|bibliography|works cited|further reading|参考文献|引用文献|참고\s?문헌", re.IGNORECASE
)
_LONGEST = 60


def is_reference_list(heading: Block | None) -> bool:
    """Whether what stands under the heading are references."""
    title = heading.path[-1] if heading else ""
    return len(title) <= _LONGEST and bool(_HEADING.search(title))


def opens_reference_list(block: Block) -> bool:
    """Whether a paragraph is the heading of our own lists, which is in bold."""
    return is_reference_heading(block.text.strip())
