"""What one PDF may cost before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """Bounds on one file. `memory_bytes` is the address space of the process that parses it.

    The defaults take a thesis of 1,500 pages; a paper needs about a hundredth of each.
    """

    max_bytes: int = 200_000_000
    max_pages: int = 2_000
    max_page_characters: int = 200_000
    max_characters: int = 12_000_000
    memory_bytes: int = 1_500_000_000
    timeout_s: float = 180.0
