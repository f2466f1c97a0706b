"""A stream goes to S3 by parts that travel while the next one is read; what is in memory is bounded.

The client's own put has threads too, but leaves them behind when the stream fails; its operations on parts are
called here directly (minio 7.2, pinned by uv.lock).
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO

from minio import Minio
from minio.datatypes import Part

from portal.backends.interfaces import CHUNK
from portal.backends.streams import Measured

PART = 5 * CHUNK
"""Bytes of a part, the least that S3 takes; 10,000 parts are 48 GiB."""

TRAVELLING = 2
"""Parts on the way at once: a put holds these, and the one that is being read."""


def put(client: Minio, patient: Minio, bucket: str, key: str, stream: Measured, content_type: str) -> None:
    """Store a stream up to its end: in one request up to a part, by parts beyond; whole or not at all.

    Parts, and joining them, are asked of `patient`, which waits longer for an answer.
    """
    first = _read_part(stream)
    if len(first) < PART:
        client.put_object(bucket, key, BytesIO(first), len(first), content_type=content_type)
        return
    upload = client._create_multipart_upload(bucket, key, {"Content-Type": content_type})
    try:
        parts = _send(patient, bucket, key, upload, first, stream)
        patient._complete_multipart_upload(bucket, key, upload, parts)
    except BaseException:
        with suppress(
            Exception
        ):  # what went wrong first is what counts; the service forgets old parts by its rules
            client._abort_multipart_upload(bucket, key, upload)
        raise


def _send(client: Minio, bucket: str, key: str, upload: str, data: bytes, stream: Measured) -> list[Part]:
    """Every part in order, with the service's mark of each."""
    tags: list[str] = []
    travelling: deque[Future[str]] = deque()
    with ThreadPoolExecutor(TRAVELLING, thread_name_prefix="s3-parts") as pool:
        number = 0
        while data:
            number += 1
            if len(travelling) == TRAVELLING:
                tags.append(travelling.popleft().result())
            travelling.append(pool.submit(client._upload_part, bucket, key, data, None, upload, number))
            data = b""  # one part less while the next is read
            data = _read_part(stream)
        tags += [future.result() for future in travelling]
    return [Part(number, tag) for number, tag in enumerate(tags, start=1)]


def _read_part(stream: Measured) -> bytes:
    """The next PART bytes; fewer at the end, which is read until the stream says so."""
    pieces: list[bytes] = []
    missing = PART
    while missing and (piece := stream.read(min(missing, CHUNK))):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
