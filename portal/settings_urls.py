"""Where things are: the addresses among the settings, from text to plain values, or a sentence."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

LOCAL = ("localhost", "127.0.0.1", "::1")


class SettingsError(Exception):
    """A setting is missing or wrong; the message is for the operator, in Spanish."""


@dataclass(frozen=True, slots=True)
class FolderAt:
    """A folder of this machine, for files or for mail."""

    path: Path


@dataclass(frozen=True, slots=True)
class S3At:
    """An S3-compatible service: `endpoint` is host:port, `secure` means TLS, `ca_file` a private CA."""

    endpoint: str
    bucket: str
    access_key: str
    secret_key: str = field(repr=False)
    secure: bool = True
    region: str | None = None
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class SmtpAt:
    """A mail server; `tls` is "no", "starttls" or "tls" (from the first byte)."""

    host: str
    port: int
    tls: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ClamdAt:
    """A clamd: host and port, or a unix socket's path."""

    host: str | None = None
    port: int = 3310
    socket: Path | None = None


def split(name: str, url: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    """The parts of a URL with one of the schemes; its text stays out of the message (passwords)."""
    problem = SettingsError(f"{name} no se entiende; se escribe como {example}.")
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (a port that is not a number raises here)
    except ValueError:
        raise problem from None
    if parts.scheme not in schemes:
        raise problem
    return parts


def flag(name: str, parts: SplitResult, key: str, default: bool) -> bool:
    """A 0/1 from the query of a URL."""
    value = parse_qs(parts.query).get(key, ["1" if default else "0"])[-1]
    if value not in ("0", "1"):
        raise SettingsError(f"{name}: «{key}» debe ser 0 o 1.")
    return value == "1"


def folder(name: str, parts: SplitResult, example: str) -> FolderAt:
    """The folder of a file:// or folder:// URL."""
    path = Path(unquote(parts.path))
    if parts.netloc or not path.is_absolute() or path == Path("/"):
        raise SettingsError(f"{name} debe nombrar una carpeta con su ruta completa, como {example}.")
    return FolderAt(path)


def database_url(url: str) -> str:
    """PostgreSQL always through psycopg 3, however the operator wrote the scheme."""
    example = "postgresql://usuario:clave@servidor:5432/portal o sqlite:////ruta/portal.db"
    schemes = ("sqlite", "postgres", "postgresql", "postgresql+psycopg")
    parts = split("PORTAL_DATABASE_URL", url, schemes, example)
    if parts.scheme == "sqlite":
        return url
    return "postgresql+psycopg:" + url.split(":", 1)[1]


def storage(url: str) -> FolderAt | S3At:
    """Where files are kept: a folder or an S3 service."""
    name, example = "PORTAL_STORAGE_URL", "s3://clave:secreto@servidor:9000/cubeta?secure=1"
    parts = split(name, url, ("file", "s3"), f"{example} o file:///ruta/archivos")
    if parts.scheme == "file":
        return folder(name, parts, "file:///ruta/archivos")
    bucket = parts.path.strip("/")
    if not (parts.hostname and parts.username and parts.password and bucket) or "/" in bucket:
        raise SettingsError(f"{name} debe traer clave, secreto, servidor y cubeta, como {example}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return S3At(
        endpoint=f"{host}:{parts.port}" if parts.port else host,
        bucket=bucket,
        access_key=unquote(parts.username),
        secret_key=unquote(parts.password),
        secure=flag(name, parts, "secure", True),
        region=parse_qs(parts.query).get("region", [None])[-1],
        ca_file=parse_qs(parts.query).get("ca", [None])[-1],
    )


def mail(url: str) -> FolderAt | SmtpAt:
    """Where mails go: a folder or a server."""
    name, example = "PORTAL_MAIL_URL", "smtp://usuario:clave@servidor:587?starttls=1"
    parts = split(name, url, ("folder", "smtp", "smtps"), f"{example} o folder:///ruta/correo")
    if parts.scheme == "folder":
        return folder(name, parts, "folder:///ruta/correo")
    if not parts.hostname or bool(parts.username) != bool(parts.password):
        raise SettingsError(f"{name} debe traer servidor, y usuario con clave o ninguno, como {example}.")
    implicit = parts.scheme == "smtps"
    starttls = not implicit and flag(name, parts, "starttls", False)
    tls = "tls" if implicit else "starttls" if starttls else "no"
    return SmtpAt(
        host=parts.hostname,
        port=parts.port or {"tls": 465, "starttls": 587, "no": 25}[tls],
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def refuse_open_password(mail: FolderAt | SmtpAt) -> None:
    """SettingsError where a password would travel in the clear."""
    if isinstance(mail, SmtpAt) and mail.user and mail.tls == "no" and mail.host not in LOCAL:
        raise SettingsError("PORTAL_MAIL_URL manda la clave sin cifrar; use smtps:// o «?starttls=1».")


def redis_url(url: str) -> str | None:
    """The address of Redis, or None for none."""
    if not url:
        return None
    example = "redis://servidor:6379/0"
    parts = split("PORTAL_REDIS_URL", url, ("redis", "rediss", "unix"), example)
    if not (parts.path if parts.scheme == "unix" else parts.hostname):
        raise SettingsError(f"PORTAL_REDIS_URL debe nombrar un servidor, como {example}.")
    return url


def clamd(url: str) -> ClamdAt | None:
    """Where clamd answers, or None for none."""
    if url.lower() in ("", "no"):
        return None
    name, example = "PORTAL_CLAMD_URL", "tcp://servidor:3310 o unix:///run/clamav/clamd.ctl"
    parts = split(name, url, ("tcp", "unix"), example)
    if parts.scheme == "unix":
        return ClamdAt(socket=folder(name, parts, "unix:///run/clamav/clamd.ctl").path)
    if not parts.hostname:
        raise SettingsError(f"{name} debe nombrar un servidor, como {example}.")
    return ClamdAt(host=parts.hostname, port=parts.port or 3310)


def http(name: str, url: str) -> str:
    """The address of a service of the web, or "" for none."""
    if url and not split(name, url, ("http", "https"), "https://sellos.ejemplo.mx/tsr").hostname:
        raise SettingsError(f"{name} debe nombrar un servidor, como https://sellos.ejemplo.mx/tsr.")
    return url
