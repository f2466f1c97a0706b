"""/metrics for Prometheus: what the web processes did, and what waits in the database. Not public.

Requests and uploads are counted in each process. Under gunicorn with `portal.gunicorn_conf` the processes write into
one folder and whichever is asked answers for all; embedded there is one process. What waits is read when it is asked
for, at most every 15 seconds, so that any process says the same. Labels are names of pages, methods and statuses: no
escuela, no person, no address.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Iterable
from datetime import datetime

from flask import Flask, Response, abort, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.values import ValueClass

from portal.queries.operacion import Pendiente, pendiente
from portal.web.contexto import now
from portal.web.peticiones import METHODS, seconds

FRESH = 15.0  # s
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
COUNTED = CollectorRegistry()
REQUESTS = Counter(
    "portal_http_requests", "Requests answered.", ("endpoint", "method", "status"), registry=COUNTED
)
DURATION = Histogram(
    "portal_http_request_seconds",
    "From the request to the first byte of its answer.",
    ("endpoint",),
    buckets=BUCKETS,
    registry=COUNTED,
)
UPLOADS = Counter("portal_uploads", "Requests that brought files.", ("result",), registry=COUNTED)
UPLOADED = Counter("portal_upload_bytes", "Bytes of requests that brought files.", registry=COUNTED)


def init_metricas(app: Flask) -> None:
    """Count every answer; `/metrics` is there where PORTAL_METRICS_TOKEN is set."""
    app.after_request(_count)


def respuesta() -> Response:
    """The numbers, for who shows the token; 404 for everybody else, as if there were no such page."""
    token = current_app.config["PORTAL"].metrics_token
    given = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        abort(404)
    registry = CollectorRegistry()
    if getattr(ValueClass, "_multiprocess", False):
        MultiProcessCollector(registry)
    else:
        registry.register(COUNTED)  # type: ignore[arg-type]
    registry.register(_Waiting(now()))  # type: ignore[arg-type]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    method = request.method if request.method in METHODS else "OTHER"
    REQUESTS.labels(endpoint, method, str(response.status_code)).inc()
    DURATION.labels(endpoint).observe(seconds())
    if any(file.filename for file in request.__dict__.get("files", {}).values()):  # only what a view has read
        status = response.status_code
        UPLOADS.labels("accepted" if status < 400 else "refused" if status < 500 else "failed").inc()
        UPLOADED.inc(request.content_length or 0)
    return response


class _Waiting:
    """What is due or undone, read from the database when Prometheus asks."""

    _lock = threading.Lock()
    _last: tuple[float, Pendiente] | None = None

    def __init__(self, at: datetime) -> None:
        self._now = at

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance: registering asks the database nothing."""
        return []

    def collect(self) -> Iterable[Metric]:
        """One gauge for each number."""
        found = self._read()
        yield GaugeMetricFamily("portal_outbox_due", "Rows of work that are due.", found.vencidos)
        yield GaugeMetricFamily(
            "portal_outbox_oldest_seconds", "How long the oldest of them waits.", found.espera
        )
        yield GaugeMetricFamily("portal_outbox_failing", "Of them, those that failed before.", found.fallidos)
        yield GaugeMetricFamily(
            "portal_mails_refused", "Mails no server will ever take.", found.correos_rechazados
        )
        yield GaugeMetricFamily(
            "portal_mails_pending", "Mails that are not sent yet.", found.correos_pendientes
        )
        yield GaugeMetricFamily(
            "portal_letters_pending", "Letters on their way to be issued.", found.cartas_pendientes
        )

    def _read(self) -> Pendiente:
        with _Waiting._lock:
            last = _Waiting._last
            if last is None or time.monotonic() - last[0] > FRESH:
                last = _Waiting._last = (time.monotonic(), pendiente(self._now))
            return last[1]
