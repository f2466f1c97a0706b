"""Files in an S3-compatible service, through the `minio` client: the production Storage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any, BinaryIO

import certifi
import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from minio.time import to_amz_date

from portal.backends import s3_parts
from portal.backends.interfaces import (
    CurrentEscuela,
    ObjectInfo,
    ObjectNotFound,
    StorageUnavailable,
    StoredObject,
    check_key,
    check_range,
)
from portal.backends.streams import Measured, bounded


class _Tries(urllib3.Retry):
    """Two more tries for a broken connection or a server in trouble; none for one that does not answer in time."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: urllib3.BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> "urllib3.Retry":
        """A page waits once for its answer, not three times."""
        if isinstance(error, urllib3.exceptions.TimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


_TRIES = _Tries(total=2, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504])
_CONNECT, _ANSWER, _ANSWER_TO_PARTS = 2, 7, 60
"""Seconds. What a page waits for is answered within ten; joining the parts of a large object may take longer."""


class _Client(Minio):
    """Signs its requests by a given clock: S3 refuses those whose time is a quarter of an hour off."""

    now: Callable[[], datetime]

    def _build_headers(self, *args: Any, **kwargs: Any) -> tuple[Any, datetime]:
        headers, _ = super()._build_headers(*args, **kwargs)
        date = self.now()
        headers["x-amz-date"] = to_amz_date(date)
        return headers, date


class S3Storage:
    """One bucket, made on the first use if it is missing; keys are object names."""

    name = "s3"

    def __init__(
        self,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        current_escuela: CurrentEscuela,
        *,
        secure: bool = True,
        region: str | None = None,
        ca_file: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        def client(answer: int) -> Minio:
            pool = urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=_CONNECT, read=answer),
                retries=_TRIES,
                maxsize=16,
                cert_reqs="CERT_REQUIRED",
                ca_certs=ca_file or certifi.where(),
            )
            made = _Client(endpoint, access_key, secret_key, secure=secure, region=region, http_client=pool)
            made.now = now
            return made

        self._client, self._patient = client(_ANSWER), client(_ANSWER_TO_PARTS)
        self._bucket = bucket
        self._region = region
        self._current_escuela = current_escuela
        self._bucket_is_there = False

    def put(
        self,
        key: str,
        stream: IO[bytes],
        *,
        size: int | None = None,
        content_type: str = "application/octet-stream",
    ) -> StoredObject:
        """See Storage.put; up to one part goes in one request, more by parts that appear at once."""
        self._check(key)
        measured = Measured(stream, size)
        with self._errors(key):
            self._make_bucket()
            try:
                s3_parts.put(self._client, self._patient, self._bucket, key, measured, content_type)
            except Exception as error:
                if measured.failure is None:
                    raise
                problem: BaseException = measured.failure
                cause = None if error is problem else error
            else:
                return measured.stored(key)
        raise problem from cause

    def open(self, key: str, start: int = 0, end: int | None = None) -> BinaryIO:
        """See Storage.open; one ranged GET, read as the caller reads."""
        self._check(key)
        check_range(start, end)
        length = None if end is None else end - start
        if length == 0:
            self.stat(key)
            return _nothing()
        try:
            with self._errors(key):
                self._make_bucket()
                response = self._client.get_object(self._bucket, key, offset=start, length=length or 0)
        except _RangePastEnd:
            return _nothing()

        def read(amount: int) -> bytes:
            with self._errors(key):
                return response.read(amount)

        def done() -> None:
            response.close()
            response.release_conn()

        return bounded(read, length, done)

    def stat(self, key: str) -> ObjectInfo:
        """See Storage.stat."""
        self._check(key)
        with self._errors(key):
            self._make_bucket()
            found = self._client.stat_object(self._bucket, key)
        return _info(key, found.size, found.last_modified)

    def exists(self, key: str) -> bool:
        """See Storage.exists."""
        try:
            self.stat(key)
        except ObjectNotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        """See Storage.delete."""
        self._check(key)
        try:
            with self._errors(key):
                self._make_bucket()
                self._client.remove_object(self._bucket, key)
        except ObjectNotFound:
            return

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See Storage.list; pages of a thousand as the caller goes on."""
        folder = check_key(prefix, self._current_escuela(), prefix=True).rstrip("/")
        return self._walk(f"{folder}/")

    def check(self) -> None:
        """See Storage.check: the service answers for its bucket."""
        with self._errors(self._bucket):
            self._client.bucket_exists(self._bucket)

    def _check(self, key: str) -> None:
        check_key(key, self._current_escuela())

    def _walk(self, prefix: str) -> Iterator[ObjectInfo]:
        with self._errors(prefix):
            self._make_bucket()
        pages = self._client.list_objects(self._bucket, prefix=prefix, recursive=True)
        while True:
            with self._errors(prefix):
                found = next(pages, None)
            if found is None:
                return
            yield _info(str(found.object_name), found.size, found.last_modified)

    def _make_bucket(self) -> None:
        """Once in a process; a bucket that vanishes later is an outage, not a fresh start."""
        if self._bucket_is_there:
            return
        if not self._client.bucket_exists(self._bucket):
            try:
                self._client.make_bucket(self._bucket, self._region)
            except S3Error as error:
                if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                    raise
        self._bucket_is_there = True

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """The client's errors in the words of the interface, without addresses or credentials."""
        try:
            yield
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchObject"):
                raise ObjectNotFound(key) from error
            if error.code == "InvalidRange":
                raise _RangePastEnd(key) from error
            raise StorageUnavailable(f"{error.code} for {key}") from error
        except (MinioException, urllib3.exceptions.HTTPError, OSError) as error:
            raise StorageUnavailable(f"{type(error).__name__} for {key}") from error


class _RangePastEnd(StorageUnavailable):
    """The object is shorter than the start of the range."""


def _nothing() -> BinaryIO:
    return bounded(lambda amount: b"", 0, lambda: None)


def _info(key: str, size: int | None, modified: object) -> ObjectInfo:
    stamp = modified if isinstance(modified, datetime) else datetime.fromtimestamp(0, UTC)
    return ObjectInfo(key, size or 0, stamp)
