"""The process that opens one PDF: reads it within the limits and writes what it found to standard output.

    python -m tools.pdf.child PATH LIMITS

LIMITS is PdfLimits as JSON. The output is one JSON object: {"document": ..., "notes": [...]}, or
{"fault": code, "why": phrase}. Whatever a file does to the parser happens to this process only.
"""

import json
import os
import sys
from dataclasses import asdict
from typing import NoReturn

from tools.pdf.fault import Fault
from tools.pdf.file import read_file
from tools.pdf.limits import PdfLimits


def confine(limits: PdfLimits) -> None:
    """Bounds this process's memory and processor time, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    seconds = int(limits.timeout_s) + 1
    bounds = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
    }
    for which, bound in bounds.items():
        _, hard = resource.getrlimit(which)
        resource.setrlimit(which, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))


def main() -> NoReturn:
    """Reads the file named on the command line and leaves without waiting for pdfium to tidy up."""
    limits = PdfLimits(**json.loads(sys.argv[2]))
    # what libraries print must not come between the answer's lines
    output = os.dup(1)
    os.dup2(2, 1)
    confine(limits)
    try:
        document, notes = read_file(sys.argv[1], limits)
        answer = json.dumps({"document": asdict(document), "notes": notes})
    except Fault as fault:
        answer = json.dumps({"fault": fault.code, "why": fault.why})
    except (MemoryError, RecursionError):
        answer = json.dumps({"fault": "pdf_too_costly", "why": "it takes more memory than is allowed for one file"})
    with os.fdopen(output, "w", encoding="utf-8") as pipe:
        pipe.write(answer)
    os._exit(0)


if __name__ == "__main__":
    main()
