"""What every fault shares: how often and how long, a line of the table, a fresh portal, the end of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from portal.models import Carta, Outbox, db
from tests.faults import books
from tests.faults.books import Books
from tests.faults.ground import Ground, Services
from tests.faults.load import Said

BATCH = 300


@dataclass
class Plan:
    """How long and how often. `seed` is printed: the same seed kills at the same points of the work."""

    services: Services
    folder: Path
    seed: int
    kills: int = 20
    outage: float = 60.0
    batch: int = BATCH


@dataclass
class Row:
    """A line of the table."""

    fault: str
    runs: int = 0
    letters: int = 0
    mails: int = 0
    uploads: int = 0
    repeated: int = 0
    due: int = 0
    orphans: int = 0
    lost: list[str] = field(default_factory=list)
    note: str = ""

    def add(self, found: Books, uploads: int = 0) -> None:
        """One more run."""
        self.runs += 1
        self.uploads += uploads
        for name in ("letters", "mails", "repeated", "due", "orphans"):
            setattr(self, name, getattr(self, name) + getattr(found, name))
        self.lost += found.lost

    def expect(self, said: Said, needing: dict[str, set[int]]) -> None:
        """What browsers were told during the fault: each page only these statuses; 200 alone where it is not named."""
        self.lost += said.wrong[:5]
        for name, counted in said.statuses.items():
            allowed = needing.get(name, {200, 302} if name == "subir" else {200})
            if extra := set(counted) - allowed:
                self.lost.append(f"{name} answered {sorted(extra)} during the fault, not {sorted(allowed)}")
        told = ", ".join(f"{n} {'/'.join(map(str, sorted(c)))}" for n, c in sorted(said.statuses.items()))
        self.note = f"{told}; slowest {said.slowest:.1f} s"


@contextmanager
def portal(plan: Plan, name: str, **options: object) -> Iterator[Ground]:
    """A fresh portal for one run."""
    folder = plan.folder / f"{name}-{time.monotonic_ns()}"
    with Ground(plan.services, folder, plan.seed + hash_of(name), **options) as ground:  # type: ignore[arg-type]
        yield ground


def hash_of(name: str) -> int:
    """A small number for a name, the same in every process."""
    return sum(map(ord, name))


def issued(ground: Ground) -> int:
    """How many letters are issued."""
    with ground.scope():
        return int(
            db.session.scalar(select(func.count()).select_from(Carta).where(Carta.estado == "emitida")) or 0
        )


def done(ground: Ground) -> int:
    """How many rows of the outbox are done."""
    with ground.scope():
        return int(
            db.session.scalar(select(func.count()).select_from(Outbox).where(Outbox.hecho.is_not(None))) or 0
        )


def finish(
    ground: Ground, row: Row, plan: Plan, *, uploads: dict[int, str] | None = None, sent: int = 0
) -> None:
    """Wait for the work that is left, and close the books."""
    if not ground.until_done():
        row.note += f"; {ground.pending()} rows were still due after the wait"
    row.add(books.close(ground, letters=plan.batch, uploads=uploads), sent)
