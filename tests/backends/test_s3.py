"""S3Storage on a real S3 server: what is left of an upload that was cut, and a server that refuses or is gone."""

import hashlib
import io
import random
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from minio import Minio
from minio import time as minio_time
from minio.error import S3Error

from portal.backends.interfaces import ObjectNotFound, StorageUnavailable
from portal.backends.s3_parts import PART
from tests.backends.test_storage import KEY, MIB, Broken, put, read

pytestmark = pytest.mark.services
CALLS = {
    "put": lambda s: put(s, KEY, b"x"),
    "open": lambda s: s.open(KEY),
    "stat": lambda s: s.stat(KEY),
    "exists": lambda s: s.exists(KEY),
    "delete": lambda s: s.delete(KEY),
    "list": lambda s: list(s.list("escuela/7/")),
    "check": lambda s: s.check(),
}


@pytest.fixture
def raw(services) -> Minio:
    """The client library, past our storage."""
    at = urlsplit(services["PORTAL_STORAGE_URL"])
    return Minio(at.netloc.rpartition("@")[2], at.username, at.password, secure=False)


def bucket(storage) -> str:
    return storage._bucket


@pytest.mark.parametrize("call", CALLS)
def test_wrong_credentials_are_an_outage_that_tells_no_secret(make_s3, call):
    with pytest.raises(StorageUnavailable) as caught:
        CALLS[call](make_s3(secret="equivocado"))
    assert "equivocado" not in str(caught.value)


@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_is_gone_is_an_outage(make_s3, call):
    with pytest.raises(StorageUnavailable):
        CALLS[call](make_s3(port=1))


def test_an_object_is_a_plain_object_of_the_service_under_its_key_and_type(make_s3, raw):
    storage = make_s3()
    storage.put(KEY, io.BytesIO(b"%PDF"), content_type="application/pdf")
    found = raw.stat_object(bucket(storage), KEY)
    assert (found.size, found.content_type) == (4, "application/pdf")


def test_an_upload_by_parts_that_is_cut_leaves_no_object_and_no_parts(make_s3, raw):
    storage = make_s3()
    with pytest.raises(OSError, match="signal"):
        storage.put(KEY, Broken(20 * MIB, OSError("the phone lost its signal")))
    with pytest.raises(ObjectNotFound):
        storage.stat(KEY)
    assert raw._list_multipart_uploads(bucket(storage)).uploads == []


def test_an_upload_that_is_cut_leaves_no_thread_behind(make_s3):
    with pytest.raises(OSError, match="signal"):
        make_s3().put(KEY, Broken(20 * MIB, OSError("the phone lost its signal")))
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("s3-parts")]


@pytest.mark.parametrize("size", [PART - 1, PART, PART + 1, 2 * PART, 4 * PART + 7])
def test_what_goes_by_parts_is_whole_wherever_the_last_part_ends(make_s3, raw, size):
    storage = make_s3()
    content = random.Random(size).randbytes(size)
    assert storage.put(KEY, io.BytesIO(content), size=size).sha256 == hashlib.sha256(content).hexdigest()
    assert read(storage, KEY) == content
    assert raw._list_multipart_uploads(bucket(storage)).uploads == []


def test_a_part_that_the_service_refuses_stores_nothing_and_keeps_what_was_there(make_s3, raw, monkeypatch):
    storage = make_s3()
    put(storage, KEY, b"old")
    upload_part = storage._patient._upload_part

    def refuse(bucket_name, key, data, headers, upload, number):
        if number == 3:
            raise S3Error(None, "InternalError", "no", key, "1", "1")
        return upload_part(bucket_name, key, data, headers, upload, number)

    monkeypatch.setattr(storage._patient, "_upload_part", refuse)
    with pytest.raises(StorageUnavailable):
        storage.put(KEY, io.BytesIO(bytes(6 * PART)))
    assert read(storage, KEY) == b"old"
    assert raw._list_multipart_uploads(bucket(storage)).uploads == []


def test_a_range_across_two_parts_is_read_whole(make_s3):
    storage = make_s3()
    storage.put(KEY, io.BytesIO(b"".join(bytes([n]) * MIB for n in range(10))))
    assert read(storage, KEY, PART - 2, PART + 2) == b"\x04\x04\x05\x05"


def test_a_bucket_that_vanishes_is_an_outage_not_a_fresh_start(make_s3, raw):
    storage = make_s3()
    put(storage, KEY, b"x")
    storage.delete(KEY)
    raw.remove_bucket(bucket(storage))
    for call in ("put", "open", "stat"):
        with pytest.raises(StorageUnavailable):
            CALLS[call](storage)


def test_two_processes_that_make_the_bucket_at_once_both_work(make_s3):
    first, second = make_s3(), make_s3()
    put(first, KEY, b"one")
    put(second, KEY, b"two")
    assert read(first, KEY) == b"two"


def test_a_list_goes_on_past_a_page_of_the_service(make_s3, monkeypatch):
    storage = make_s3()
    for number in range(5):
        put(storage, f"escuela/7/f{number}", b"x")
    listing = storage._client._list_objects
    monkeypatch.setattr(storage._client, "_list_objects", lambda *a, **k: listing(*a, **{**k, "max_keys": 2}))
    assert len(list(storage.list("escuela/7/"))) == 5


def test_requests_are_signed_by_the_given_clock_and_not_by_a_machine_that_is_an_hour_off(
    make_s3, monkeypatch
):
    """S3 refuses what is signed a quarter of an hour off: RequestTimeTooSkewed."""
    real = minio_time.utcnow
    monkeypatch.setattr(minio_time, "utcnow", lambda: real() + timedelta(hours=1))
    storage = make_s3()
    put(storage, KEY, b"x")
    assert read(storage, KEY) == b"x"
