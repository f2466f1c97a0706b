"""The process in which PDFs are joined: what a decoder does with a hostile file it does here, in its own memory.

Run by its path (`python -I …/merge_child.py LIMITS OUT IN…`), like pdf_child; LIMITS is JSON (bytes of address space,
processor seconds, bytes of what it may write). It ends 0, or 3 for what cannot be joined.
"""

from __future__ import annotations

import json
import resource
import sys

import pikepdf


def limit_process(memory: int, seconds: float, max_output: int) -> None:
    """Memory, processor time, size of the result; no core dump."""
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds + 1),
        (resource.RLIMIT_FSIZE, max_output),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (int(value), int(value)))


def join(out: str, sources: list[str]) -> int:
    """0 when `out` is written. Electronic signatures lose their claim: their look stays, they cover other bytes."""
    pages = [argument for path in sources for argument in (path, "1-z")]
    job = ["portal", "--empty", "--deterministic-id", "--remove-restrictions", "--pages", *pages, "--", out]
    try:
        pikepdf.Job(job).run()
    except (pikepdf.PdfError, pikepdf.JobUsageError, RuntimeError, MemoryError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}"[:500])
        return 3
    return 0


def main(argv: list[str]) -> int:
    """`limits-as-json out in…`."""
    limit_process(**json.loads(argv[1]))
    return join(argv[2], argv[3:])


if __name__ == "__main__":
    sys.exit(main(sys.argv))
