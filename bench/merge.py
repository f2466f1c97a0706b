"""The merge of an expediente, 12 parts of 50 MB, against pikepdf alone in the same run, in turns.

Every run is a process of its own that has imported what it needs before the clock starts. `portal` is
`portal.files.merge.merge`, with the process that it starts; `job` is `pikepdf.Job` and `extend` is `pages.extend` and
`save`, both in the measuring process. `ratio` is the best of the two to the portal, by medians (aim: 0.8 or more);
`memory_mib` is the most that the process which joins held. MB is 10^6 bytes. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf

from portal.files.merge import merge

MB = 1_000_000
PARTS, PAGES, ROUNDS = 12, 50, 3
NEEDED = 1_300 * MB  # free disk: the parts and one result


def part(path: Path, pages: int = PAGES, size: int = MB) -> Path:
    """A PDF of so many scanned pages: each an image of `size` bytes that nobody makes smaller."""
    with pikepdf.new() as pdf:
        for _ in range(pages):
            page = pdf.add_blank_page()
            image = pikepdf.Stream(pdf, os.urandom(size))
            image.update(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1000, Height=size // 1000,
                    BitsPerComponent=8, ColorSpace=pikepdf.Name.DeviceGray,
                )
            )  # fmt: skip
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
            page.Contents = pikepdf.Stream(pdf, b"q 612 0 0 792 0 0 cm /Im0 Do Q")
        pdf.save(path, compress_streams=False)
    return path


def with_job(paths: list[Path], out: Path) -> None:
    """What qpdf does by itself."""
    pages = [argument for path in paths for argument in (str(path), "1-z")]
    pikepdf.Job(["bench", "--empty", "--pages", *pages, "--", str(out)]).run()


def with_extend(paths: list[Path], out: Path) -> None:
    """What pikepdf's manual shows."""
    with pikepdf.new() as joined:
        for path in paths:
            with pikepdf.open(path) as source:
                joined.pages.extend(source.pages)
        joined.save(out)


WAYS: dict[str, Callable[[list[Path], Path], object]] = {
    "portal": merge,
    "job": with_job,
    "extend": with_extend,
}


def run(way: str, out: Path, paths: list[Path]) -> dict[str, float]:
    """One merge in this process: its seconds, and the MiB that it or its process held."""
    start = time.perf_counter()
    WAYS[way](paths, out)
    seconds = time.perf_counter() - start
    whose = resource.RUSAGE_CHILDREN if way == "portal" else resource.RUSAGE_SELF
    return {"s": seconds, "mib": resource.getrusage(whose).ru_maxrss / 1024}


def measure(folder: Path) -> dict[str, object]:
    """All ways in turns; medians of the time, the most of the memory."""
    paths = [part(folder / f"{n:02d}.pdf") for n in range(PARTS)]
    out, found = folder / "out.pdf", {way: list[dict[str, float]]() for way in WAYS}
    for _ in range(ROUNDS):
        for way, runs in found.items():
            command = [sys.executable, "-m", "bench.merge", "--run", way, str(out), *map(str, paths)]
            runs.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
            with pikepdf.open(out) as joined:
                if len(joined.pages) != PARTS * PAGES:
                    raise SystemExit(f"{way} lost pages")
            out.unlink()
    seconds = {way: statistics.median(r["s"] for r in runs) for way, runs in found.items()}
    return {
        "bench": "merge",
        "mb": round(sum(p.stat().st_size for p in paths) / MB),
        "load": round(os.getloadavg()[0], 1),
        "seconds": {way: round(s, 2) for way, s in seconds.items()},
        "ratio": round(min(seconds["job"], seconds["extend"]) / seconds["portal"], 2),
        "memory_mib": {way: round(max(r["mib"] for r in runs)) for way, runs in found.items()},
    }


def main() -> None:
    """Measure, print one JSON line."""
    if sys.argv[1:2] == ["--run"]:
        print(json.dumps(run(sys.argv[2], Path(sys.argv[3]), [Path(p) for p in sys.argv[4:]])))
        return
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as folder:
        if shutil.disk_usage(folder).free < NEEDED:
            raise SystemExit(f"{folder} needs {NEEDED // MB} MB of free disk")
        print(json.dumps(measure(Path(folder))))


if __name__ == "__main__":
    main()
