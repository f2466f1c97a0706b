"""`python -m tests.faults [FAULT…]`: break everything, print the table; the exit status is 0 when nothing was lost.

    --kills N      how many batches a worker is killed in (20)
    --outage S     for how long S3 is stopped (60 s)
    --batch N      letters of a batch (300)
    --seed N       repeat a run's points of interruption; a new one is printed otherwise
    --keep         leave the services of this run up

Services of its own are started by scripts/services in .data/faults (PORTAL_FAULTS_DATA), from the next free port on
(PORTAL_FAULTS_PORT); those of the tests are not touched. What the processes said stays in its folder `runs`.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import shutil
import sys
import time
import traceback
from pathlib import Path

from tests.conftest import ROOT
from tests.faults.ground import Services, Skipped
from tests.faults.plan import BATCH, Plan, Row
from tests.faults.scenarios import FAULTS

COLUMNS = ("fault", "runs", "letters", "mails", "uploads", "lost", "repeated", "due", "orphans", "s")


def line(*cells: object) -> str:
    """A row of the table."""
    fault, *rest = map(str, cells)
    return f"| {fault:<52} | " + " | ".join(f"{cell:>8}" for cell in rest) + " |"


def say(*lines: str) -> None:
    """Lines for whoever watches, at once."""
    sys.stdout.write("".join(f"{one}\n" for one in lines))
    sys.stdout.flush()


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("faults", nargs="*", help=f"which ones: {', '.join(FAULTS)} (all)")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--outage", type=float, default=60.0)
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    if unknown := set(asked.faults) - set(FAULTS):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
    return asked


def run(name: str, plan: Plan) -> tuple[Row, float]:
    """One fault; what could not be brought about says so in its row, what broke the experiment is a loss."""
    begun = time.monotonic()
    try:
        row = FAULTS[name](plan)
    except Skipped as skipped:
        row = Row(name, note=f"SKIPPED: {skipped}")
    except Exception as error:
        traceback.print_exc()
        row = Row(name, lost=[f"the experiment itself broke: {type(error).__name__}: {error}"])
    return row, time.monotonic() - begun


def main() -> int:
    """Run what was asked for."""
    asked = parsed()
    logging.disable(logging.WARNING)
    data = Path(os.environ.get("PORTAL_FAULTS_DATA") or ROOT / ".data" / "faults")
    services = Services(data)
    say(f"seed {asked.seed}", "", line(*COLUMNS), line("-" * 52, *["-" * 8] * (len(COLUMNS) - 1)))
    lost, notes = [], []
    folder = data / "runs"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        plan = Plan(services, folder, asked.seed, asked.kills, asked.outage, asked.batch)
        for name in asked.faults or FAULTS:
            row, took = run(name, plan)
            counts = (row.runs, row.letters, row.mails, row.uploads, len(row.lost), row.repeated, row.due)
            say(line(row.fault, *counts, row.orphans, round(took)))
            lost += [f"{row.fault}: {sentence}" for sentence in row.lost]
            notes += [f"{row.fault}: {row.note}"] if row.note else []
    finally:
        if not asked.keep:
            services.down()
    say("", *notes, *(f"LOST {sentence}" for sentence in lost))
    say("\nNothing was lost." if not lost else f"\n{len(lost)} things are not as they must be.")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
