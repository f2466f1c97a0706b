"""Wiring: each setting brings its backend, nothing connects, and the embedded start loads no client library."""

import subprocess
import sys

import pytest

from portal.backends.interfaces import KeyRefused
from portal.settings import Settings
from portal.wiring import build
from tenants.scope import escuela_scope
from tests.backends.test_settings import PRODUCTION


def backends(environ: dict[str, str]):
    return build(Settings.from_env(environ), drain=lambda escuela_id: None, sweep=lambda: None)


@pytest.mark.parametrize(
    ("changes", "port", "chosen"),
    [
        ({}, "storage", "FolderStorage"),
        ({}, "queue", "ThreadQueue"),
        ({}, "mailer", "FolderMailer"),
        ({}, "scanner", "NullScanner"),
        ({"PORTAL_STORAGE_URL": PRODUCTION["PORTAL_STORAGE_URL"]}, "storage", "S3Storage"),
        ({"PORTAL_REDIS_URL": PRODUCTION["PORTAL_REDIS_URL"]}, "queue", "RqQueue"),
        ({"PORTAL_MAIL_URL": PRODUCTION["PORTAL_MAIL_URL"]}, "mailer", "SmtpMailer"),
        ({"PORTAL_CLAMD_URL": "unix:///run/clamd.ctl"}, "scanner", "ClamdScanner"),
    ],
)
def test_a_setting_brings_its_backend(tmp_path, changes, port, chosen):
    found = backends({"PORTAL_ENV": "test", "PORTAL_DATA": str(tmp_path), **changes})
    assert type(getattr(found, port)).__name__ == chosen
    assert list(tmp_path.iterdir()) == []


def test_production_is_built_from_real_backends_without_connecting():
    found = backends(PRODUCTION)
    assert found.storage.name == "s3"
    assert found.scanner.active


def test_the_storage_obeys_the_scope_of_the_tenants(tmp_path):
    storage = backends({"PORTAL_ENV": "test", "PORTAL_DATA": str(tmp_path)}).storage
    with pytest.raises(KeyRefused):
        storage.exists("escuela/7/x")
    with escuela_scope(7):
        assert not storage.exists("escuela/7/x")
    with escuela_scope(8), pytest.raises(KeyRefused):
        storage.exists("escuela/7/x")


def test_the_embedded_start_loads_no_library_of_production(tmp_path):
    script = (
        "import sys\n"
        "from portal.settings import Settings\n"
        "from portal.wiring import build\n"
        f"settings = Settings.from_env({{'PORTAL_ENV': 'test', 'PORTAL_DATA': {str(tmp_path)!r}}})\n"
        "build(settings, drain=print, sweep=print)\n"
        "sys.exit(', '.join({'minio', 'redis', 'rq', 'smtplib'} & set(sys.modules)) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
