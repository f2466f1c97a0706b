"""Settings: what is assumed, what is refused and with which variable's name, and what production asks for."""

import re
from pathlib import Path

import pytest

from portal.settings import ClamdAt, FolderAt, S3At, Settings, SettingsError, SmtpAt

PRODUCTION = {
    "PORTAL_ENV": "production",
    "PORTAL_DATA": "/var/lib/portal",
    "PORTAL_DATABASE_URL": "postgres://portal:p%40x@db.test:5432/portal",
    "PORTAL_STORAGE_URL": "s3://llave:s%2Fecreto@s3.test:9000/portal?secure=0&region=mx&ca=/etc/ca.pem",
    "PORTAL_REDIS_URL": "redis://redis.test:6379/0",
    "PORTAL_MAIL_URL": "smtp://portal:p%40x@smtp.test?starttls=1",
    "PORTAL_CLAMD_URL": "tcp://clamd.test",
    "PORTAL_SECRET_KEY": "Jq8-xT2vLw9_ZbN4rYc7Hd1KsPf6GmAe",
    "PORTAL_BASE_URL": "https://servicio.test/",
}


def settings(tmp_path: Path, **changes: str) -> Settings:
    return Settings.from_env({"PORTAL_DATA": str(tmp_path), **changes})


def test_an_empty_environment_is_development_on_the_embedded_backends(tmp_path):
    found = settings(tmp_path, PORTAL_ENV=" ", PORT="")
    assert (found.env, found.port, found.host, found.proxies) == ("development", 8000, "127.0.0.1", 0)
    assert found.database_url == f"sqlite:///{tmp_path}/portal.db"
    assert (found.storage, found.mail) == (FolderAt(tmp_path / "archivos"), FolderAt(tmp_path / "correo"))
    assert (found.redis_url, found.clamd, found.is_demo, found.secure_cookies) == (None, None, False, False)
    assert found.base_url == "http://localhost:8000"
    assert "localhost" in found.allowed_hosts
    assert found.limits.upload_bytes == 20 * 1024 * 1024


def test_a_data_folder_with_odd_characters_is_still_that_folder(tmp_path):
    odd = tmp_path / "a b?c#d%41"
    assert settings(odd).storage == FolderAt(odd / "archivos")


def test_production_with_everything_real_is_read():
    found = Settings.from_env(PRODUCTION)
    assert found.database_url == "postgresql+psycopg://portal:p%40x@db.test:5432/portal"
    assert found.storage == S3At("s3.test:9000", "portal", "llave", "s/ecreto", False, "mx", "/etc/ca.pem")
    assert found.mail == SmtpAt("smtp.test", 587, "starttls", "portal", "p@x")
    assert found.clamd == ClamdAt("clamd.test", 3310)
    assert (found.base_url, found.secure_cookies) == ("https://servicio.test", True)
    assert found.allowed_hosts == ("servicio.test",)
    assert found.mail_from == "servicio-social@servicio.test"


def test_no_password_is_shown_when_settings_are_printed():
    shown = repr(Settings.from_env(PRODUCTION))
    for secret in ("p%40x", "p@x", "s/ecreto", "s%2Fecreto", PRODUCTION["PORTAL_SECRET_KEY"]):
        assert secret not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, "") for name in PRODUCTION if name not in ("PORTAL_ENV", "PORTAL_DATA")],
        ("PORTAL_DATABASE_URL", "sqlite:////var/lib/portal.db"),
        ("PORTAL_STORAGE_URL", "file:///var/lib/archivos"),
        ("PORTAL_MAIL_URL", "folder:///var/lib/correo"),
        ("PORTAL_MAIL_URL", "smtp://portal:abc@smtp.test:25"),
        ("PORTAL_SECRET_KEY", "Jq8-xT2vLw9_ZbN4"),
        ("PORTAL_SECRET_KEY", "a" * 64),
        ("PORTAL_SECRET_KEY", "please-change-me-before-production-1"),
        ("PORTAL_BASE_URL", "http://servicio.test"),
    ],
)
def test_production_refuses_what_is_not_real_and_names_the_variable(name, value):
    with pytest.raises(SettingsError, match=name):
        Settings.from_env({**PRODUCTION, name: value})


def test_production_without_a_virus_scan_has_to_be_said():
    assert Settings.from_env({**PRODUCTION, "PORTAL_CLAMD_URL": "no"}).clamd is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_ENV", "staging"),
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "٨٠"),
        ("PORTAL_PROXIES", "many"),
        ("PORTAL_MAX_UPLOAD_BYTES", "20MB"),
        ("PORTAL_DATABASE_URL", "mysql://db.test/portal"),
        ("PORTAL_DATABASE_URL", "postgresql://db.test:port/portal"),
        ("PORTAL_STORAGE_URL", "s3://s3.test/portal"),
        ("PORTAL_STORAGE_URL", "s3://a:b@s3.test/"),
        ("PORTAL_STORAGE_URL", "s3://a:b@s3.test/portal/sub"),
        ("PORTAL_STORAGE_URL", "s3://a:b@s3.test/portal?secure=maybe"),
        ("PORTAL_STORAGE_URL", "file://relative/archivos"),
        ("PORTAL_STORAGE_URL", "file:///"),
        ("PORTAL_REDIS_URL", "localhost:6379"),
        ("PORTAL_REDIS_URL", "redis://"),
        ("PORTAL_MAIL_URL", "smtp://portal@smtp.test"),
        ("PORTAL_MAIL_URL", "mailto:ana@alumnos.test"),
        ("PORTAL_MAIL_FROM", "Servicio <a@b.test>"),
        ("PORTAL_CLAMD_URL", "clamd.test:3310"),
        ("PORTAL_BASE_URL", "servicio.test"),
        ("PORTAL_BASE_URL", "https://servicio.test/portal"),
        ("PORTAL_BASE_URL", "https://a:b@servicio.test"),
        ("PORTAL_ALLOWED_HOSTS", "*"),
        ("PORTAL_ALLOWED_HOSTS", "https://servicio.test"),
    ],
)
def test_a_value_that_is_not_understood_is_refused_in_a_sentence_that_names_the_variable(
    tmp_path, name, value
):
    with pytest.raises(SettingsError, match=rf"\b{name}\b.*\.$"):
        settings(tmp_path, **{name: value})


def test_a_refusal_does_not_repeat_the_password_of_the_url(tmp_path):
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, PORTAL_STORAGE_URL="s3://llave:muysecreto@s3.test:puerto/x")
    assert "muysecreto" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "port", "tls"),
    [
        ("smtp://smtp.test", 25, "no"),
        ("smtp://smtp.test?starttls=1", 587, "starttls"),
        ("smtps://smtp.test", 465, "tls"),
        ("smtp://smtp.test:2525?starttls=0", 2525, "no"),
    ],
)
def test_the_mail_url_says_port_and_tls(tmp_path, url, port, tls):
    assert settings(tmp_path, PORTAL_MAIL_URL=url).mail == SmtpAt("smtp.test", port, tls)


def test_the_allowed_hosts_are_the_base_url_and_the_list(tmp_path):
    found = Settings.from_env({**PRODUCTION, "PORTAL_ALLOWED_HOSTS": "Interno.test, servicio.test"})
    assert found.allowed_hosts == ("servicio.test", "interno.test")


@pytest.mark.parametrize("env", ["demo", "development"])
def test_the_secret_key_is_made_once_and_kept_private(tmp_path, env):
    first = settings(tmp_path / "nueva", PORTAL_ENV=env)
    assert settings(tmp_path / "nueva", PORTAL_ENV=env).secret_key == first.secret_key
    assert len(first.secret_key) >= 48
    assert [path.name for path in (tmp_path / "nueva").iterdir()] == ["secret_key"]
    assert (tmp_path / "nueva" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_test_run_writes_no_secret_key(tmp_path):
    assert settings(tmp_path, PORTAL_ENV="test").secret_key
    assert list(tmp_path.iterdir()) == []


def test_a_given_secret_key_is_used_and_not_written(tmp_path):
    assert settings(tmp_path, PORTAL_SECRET_KEY="corta").secret_key == "corta"
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_secret_key_or_a_data_folder_in_the_way_is_said(tmp_path):
    (tmp_path / "secret_key").write_text("")
    with pytest.raises(SettingsError, match="dañado"):
        settings(tmp_path)
    with pytest.raises(SettingsError, match=re.escape(str(tmp_path / "secret_key"))):
        settings(tmp_path / "secret_key")
