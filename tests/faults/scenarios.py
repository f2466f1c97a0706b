"""The faults, one function each: bring it about while there is work, end it, wait for the work, close the books."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from portal.models import Outbox, db
from tests.faults import books
from tests.faults.ground import Ground, Process, Skipped
from tests.faults.load import Load, Said
from tests.faults.plan import Plan, Row, done, finish, issued, portal

PAGES = {"estatica": "/static/portal.css", "portada": "/", "escuela": "/escom/", "ayuda": "/ayuda"}


# --- the worker ------------------------------------------------------------------------------------------------


def killed_worker(plan: Plan) -> Row:
    """Twenty batches of 300 letters and their mails, two workers; at a random row one is killed and replaced."""
    row = Row(f"worker SIGKILL at a random point of {plan.batch} letters")
    for number in range(plan.kills):
        with portal(plan, f"kill{number}", lease=6) as ground:
            workers = [ground.worker(1), ground.worker(2)]
            ground.letters(plan.batch)
            point = ground.random.randrange(2 * plan.batch)  # of the letters and the mails that follow them
            ground.wait(lambda at=point: done(ground) >= at)  # type: ignore[misc]
            time.sleep(ground.random.random() * 0.1)
            victim = ground.random.choice(workers)
            victim.kill()
            victim.start()
            finish(ground, row, plan)
    return row


def two_sweepers(plan: Plan) -> Row:
    """Four workers without a single wake-up: nothing but sweepers that all find the same rows."""
    row = Row("four sweepers at once, no wake-up")
    with portal(plan, "sweepers") as ground:
        ground.letters(plan.batch)
        plan.services.kill("redis")
        try:
            workers = [ground.worker(number) for number in range(4)]
            finish(ground, row, plan)
            row.lost += [
                f"a worker ended by itself: {w.process.returncode}"
                for w in workers
                if w.process.poll() is not None
            ]
        finally:
            plan.services.up()
        row.lost += _stopped(workers)
    return row


def _ended(workers: list[Process]) -> list[str]:
    """Workers that ended although nobody asked them to."""
    return [
        f"a worker ended by itself: {w.process.returncode}" for w in workers if w.process.poll() is not None
    ]


def _stopped(workers: list[Process]) -> list[str]:
    """What there is to say of workers that were told to stop: nothing."""
    for worker in workers:
        worker.process.terminate()
    return [f"a worker left with {status}" for worker in workers if (status := worker.ended())]


def wrong_clock(plan: Plan) -> Row:
    """The worker's clock an hour ahead and an hour behind; then the web's. The work is done now, not in an hour."""
    row = Row("clock an hour off between web and worker")
    for which, clock in (("worker", "+1h"), ("worker", "-1h"), ("web", "+1h"), ("web", "-1h")):
        with portal(plan, f"clock-{which}{clock}") as ground:
            ground.web(clock if which == "web" else "")
            workers = [ground.worker(1, clock if which == "worker" else ""), ground.worker(2)]
            with Load(ground, PAGES) as load:
                ground.letters(plan.batch // 3)
                begun = time.monotonic()
                ground.until_done()
                took = time.monotonic() - begun
                said = load.forget()
            row.add(books.close(ground, letters=plan.batch // 3, uploads=load.confirmed), load.uploads)
            row.expect(said, {})
            if took > 120:
                row.lost.append(f"{which} {clock}: the work took {took:.0f} s")
            row.lost += _off_stamps(ground, f"{which} {clock}") + _stopped(workers)
    return row


def _off_stamps(ground: Ground, who: str) -> list[str]:
    """Instants that were recorded far from the database's clock."""
    now = datetime.now(UTC)
    with ground.scope():
        stamps = [o.hecho for o in db.session.scalars(select(Outbox)) if o.hecho is not None]
    off = [s for s in stamps if abs((s - now).total_seconds()) > 1800]
    return [f"{who}: {len(off)} rows were stamped by a wrong clock"] if off else []


# --- the services ----------------------------------------------------------------------------------------------


def lost_redis(plan: Plan) -> Row:
    """FLUSHALL in the middle of a batch, then Redis killed and started again; web and workers go on all the time."""
    import redis

    row = Row("Redis FLUSHALL, then killed and restarted")
    with portal(plan, "redis") as ground:
        ground.web()
        workers = [ground.worker(1), ground.worker(2)]
        with Load(ground, PAGES) as load:
            ground.letters(plan.batch)
            ground.wait(lambda: done(ground) >= plan.batch // 4)
            with redis.Redis.from_url(plan.services.addresses["PORTAL_REDIS_URL"]) as client:
                client.flushall()
            ground.wait(lambda: done(ground) >= plan.batch // 2)
            plan.services.kill("redis")
            load.forget()
            time.sleep(5)
            said = load.forget()
            plan.services.up()
            ground.wait(lambda: ground.pending() == 0)
        row.expect(said, {})
        finish(ground, row, plan, uploads=load.confirmed, sent=load.uploads)
        row.lost += [
            f"a worker ended by itself: {w.process.returncode}"
            for w in workers
            if w.process.poll() is not None
        ]
        row.lost += _stopped(workers)
    return row


def restarted_postgresql(plan: Plan, times: int = 3) -> Row:
    """`pg_ctl restart -m immediate` three times under load: no goodbye to anybody, recovery from the log."""
    row = Row("PostgreSQL restart -m immediate under load")
    with portal(plan, "postgresql") as ground:
        ground.web()
        workers = [ground.worker(1), ground.worker(2)]
        with Load(ground, PAGES, uploaders=4) as load:
            ground.letters(plan.batch)
            heard = Said()
            for _ in range(times):
                here = done(ground)
                ground.wait(lambda at=here: done(ground) >= at + ground.random.randrange(20, 100), 20)  # type: ignore[misc]
                load.forget()
                plan.services.kill("postgresql", signal.SIGQUIT)
                time.sleep(2)
                plan.services.up()
                heard = load.forget()
                ground.wait(lambda: done(ground) >= 0, 30)
            needing = {name: {200, 503} for name in (*PAGES, "archivo")} | {
                "estatica": {200},
                "subir": {302, 503},
            }
            row.expect(heard, needing)
            ground.wait(lambda: ground.pending() == 0)
            load.forget()
            time.sleep(3)
            during, after = row.note, load.forget()
            row.expect(after, {})  # and when it is back, so is everything
            row.note = f"{during}; afterwards {row.note}"
        finish(ground, row, plan, uploads=load.confirmed, sent=load.uploads)
        row.lost += _stopped(workers)
    return row


def stopped_s3(plan: Plan) -> Row:
    """S3 stopped for a minute in the middle of a batch; what needs no file goes on."""
    row = Row(f"S3 stopped for {plan.outage:.0f} s")
    with portal(plan, "s3") as ground:
        ground.web()
        workers = [ground.worker(1), ground.worker(2)]
        with Load(ground, PAGES) as load:
            ground.letters(plan.batch)
            ground.wait(lambda: issued(ground) >= plan.batch // 4)
            plan.services.s3("stop")
            begun = time.monotonic()
            time.sleep(0.5)
            load.forget()
            time.sleep(max(plan.outage - (time.monotonic() - begun), 1))
            said = load.forget()
            plan.services.s3("start")
            ground.wait(lambda: ground.pending() == 0)
        row.expect(said, {"archivo": {503}, "subir": {503}})
        finish(ground, row, plan, uploads=load.confirmed, sent=load.uploads)
        row.lost += _stopped(workers)
    return row


def frozen_s3(plan: Plan) -> Row:
    """S3's gateway frozen: it takes connections and does not answer. Nobody waits more than a few seconds."""
    row = Row("S3 frozen (SIGSTOP) for 25 s")
    with portal(plan, "frozen", lease=40) as ground:
        ground.web()
        workers = [ground.worker(1), ground.worker(2)]
        pid = int((plan.services.data / "s3" / "run" / "radosgw.pid").read_text().split()[0])
        with Load(ground, PAGES) as load:
            ground.letters(plan.batch // 3)
            ground.wait(lambda: issued(ground) >= plan.batch // 12)
            os.kill(pid, signal.SIGSTOP)
            try:
                load.forget()
                time.sleep(25)
                said = load.forget()
            finally:
                os.kill(pid, signal.SIGCONT)
            ground.wait(lambda: ground.pending() == 0)
        row.expect(said, {"archivo": {200, 503}, "subir": {302, 503}})
        if not said.statuses.get("subir", {}).get(503):
            row.lost.append("the gateway was never frozen: nothing was tried")
        ground.until_done()
        row.add(books.close(ground, letters=plan.batch // 3, uploads=load.confirmed), load.uploads)
        row.lost += _stopped(workers)
    return row


def refusing_smtp(plan: Plan) -> Row:
    """The mail server turns everybody away, at the door, then after the address; then it takes two seconds a mail."""
    row = Row("SMTP refusing for 20 s, then slow (2 s a mail)")
    with portal(plan, "smtp", lease=30) as ground:
        ground.web()
        workers = [ground.worker(1), ground.worker(2)]
        few = plan.batch // 5
        with Load(ground, PAGES) as load:
            ground.sink.refusing(at_the_door=True)
            ground.letters(few)
            time.sleep(10)
            ground.sink.refusing(at_the_door=False)
            time.sleep(10)
            ground.sink.willing(delay=2.0)
            ground.wait(lambda: ground.pending() == 0)
            said = load.forget()
        row.expect(said, {})
        ground.until_done()
        row.add(books.close(ground, letters=few, uploads=load.confirmed), load.uploads)
        row.lost += _stopped(workers)
    return row


# --- the disk --------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """A file system of a few MiB; only root may mount one."""
    if os.geteuid() != 0:
        raise Skipped("only root can mount a small file system")
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        raise Skipped(f"no small file system: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def full_disk(plan: Plan) -> Row:
    """The embedded portal: its files on a disk of 12 MiB that fills up while people send; then there is room again."""
    row = Row("disk full for the folder storage (tmpfs of 12 MiB)")
    name = f"disk-{time.monotonic_ns()}"
    with small_disk(plan.folder / name / "small", 12) as disk:
        data = plan.folder / name / "data"
        with Ground(
            plan.services, plan.folder / name, plan.seed, embedded=data, storage=disk / "archivos"
        ) as ground:
            ground.web()
            few = plan.batch // 5
            with Load(ground, PAGES) as load:
                ground.wait(lambda: load.uploads >= 4, 30)
                ballast = disk / "ballast"
                _fill(ballast)
                time.sleep(0.5)
                load.forget()
                ground.letters(few)
                time.sleep(8)
                said = load.forget()
                ballast.unlink()
                ground.wait(lambda: ground.pending() == 0)
            row.expect(
                said, {"subir": {302, 503}}
            )  # a page that a refused file gives back takes another small one
            if not said.statuses.get("subir", {}).get(503):
                row.lost.append("the disk was never full: nothing was tried")
            ground.until_done()
            row.add(books.close(ground, letters=few, uploads=load.confirmed), load.uploads)
    return row


def _fill(path: Path) -> None:
    """Write until there is no room, to the last page of memory."""
    with path.open("wb", buffering=0) as stream:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    stream.write(bytes(size))
            except OSError:
                continue


FAULTS: dict[str, Callable[[Plan], Row]] = {
    "worker": killed_worker,
    "barredores": two_sweepers,
    "redis": lost_redis,
    "postgresql": restarted_postgresql,
    "s3": stopped_s3,
    "s3-mudo": frozen_s3,
    "smtp": refusing_smtp,
    "disco": full_disk,
    "reloj": wrong_clock,
}
