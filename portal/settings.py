"""The installation's settings: a frozen object, read once. The only reader of the environment.

Every refusal is a SettingsError: a Spanish sentence that names the variable and says what to do.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from portal import settings_urls as urls
from portal.settings_urls import ClamdAt, FolderAt, S3At, SettingsError, SmtpAt

__all__ = ["ClamdAt", "FolderAt", "Limits", "S3At", "Settings", "SettingsError", "SmtpAt"]
ENVIRONMENTS = ("demo", "development", "production", "test")
MIB = 1024 * 1024
_SECRET_MIN = 32
_TOKEN_MIN = 20
_SECRET_WORDS = ("change", "secret", "default", "example", "replace", "cambi", "ejemplo", "clave")


@dataclass(frozen=True)
class Limits:
    """What one request may bring: bytes of an upload and of a form, pixels of an image, pages of a PDF."""

    upload_bytes: int = 20 * MIB
    form_bytes: int = 512 * 1024
    image_pixels: int = 40_000_000
    pdf_pages: int = 500


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation decides. Sizes in bytes, times in seconds, URLs without final slash."""

    env: str
    data: Path
    database_url: str = field(repr=False)
    storage: FolderAt | S3At
    mail: FolderAt | SmtpAt
    redis_url: str | None = field(repr=False)
    clamd: ClamdAt | None
    secret_key: str = field(repr=False)
    host: str
    port: int
    base_url: str
    allowed_hosts: tuple[str, ...]
    proxies: int
    mail_from: str
    limits: Limits
    sweep_seconds: int
    lease_seconds: int
    session_seconds: int
    tsa_url: str = ""
    efirma_autoridades: Path | None = None
    metrics_token: str = field(default="", repr=False)
    own_secret: bool = True
    secret_keys_before: tuple[str, ...] = field(default=(), repr=False)
    oidc_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_demo(self) -> bool:
        """Only the demo shows the mails at /correo."""
        return self.env == "demo"

    @property
    def secure_cookies(self) -> bool:
        """Cookies travel over TLS only where the portal is reached over TLS."""
        return self.base_url.startswith("https://")

    @property
    def engine_options(self) -> dict[str, object]:
        """How SQLAlchemy connects. No prepared statements: PgBouncer gives each transaction another connection.

        Whoever waits for a server or for a free connection hears of it within eight seconds.
        """
        if self.database_url.startswith("sqlite"):
            return {}
        return {
            "pool_pre_ping": True,
            "hide_parameters": self.env == "production",  # an error does not repeat what a person wrote
            "pool_timeout": 8,
            "connect_args": {"prepare_threshold": None, "connect_timeout": 4},
        }

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """The settings of an environment (default: this process's), or SettingsError.

        Empty values count as unset. In demo and development the data folder is made and a secret
        key is generated there once (`secret_key`, mode 0600).
        """
        env = _Env(os.environ if environ is None else environ)
        name = env.get("PORTAL_ENV", "development")
        if name not in ENVIRONMENTS:
            raise SettingsError(f"PORTAL_ENV es «{name}» y debe ser uno de: {', '.join(ENVIRONMENTS)}.")
        data = Path(env.get("PORTAL_DATA", ".data")).expanduser().absolute()
        host = env.get("PORTAL_HOST", "127.0.0.1")
        port = env.number("PORT", 8000, 1, 65535)
        if name == "production":
            _require_production(env)
        base_url = _base_url(env.get("PORTAL_BASE_URL", f"http://localhost:{port}"), name)
        site = urlsplit(base_url).hostname or "localhost"
        mail = urls.mail(env.get("PORTAL_MAIL_URL", f"folder://{quote(str(data))}/correo"))
        if name == "production":
            urls.refuse_open_password(mail)
        return cls(
            env=name,
            data=data,
            database_url=urls.database_url(env.get("PORTAL_DATABASE_URL", f"sqlite:///{data}/portal.db")),
            storage=urls.storage(env.get("PORTAL_STORAGE_URL", f"file://{quote(str(data))}/archivos")),
            mail=mail,
            redis_url=urls.redis_url(env.get("PORTAL_REDIS_URL", "")),
            clamd=urls.clamd(env.get("PORTAL_CLAMD_URL", "")),
            secret_key=_secret(env.get("PORTAL_SECRET_KEY", ""), name, data),
            host=host,
            port=port,
            base_url=base_url,
            allowed_hosts=_hosts(env.get("PORTAL_ALLOWED_HOSTS", ""), name, site, host),
            proxies=env.number("PORTAL_PROXIES", 0, 0, 10),
            mail_from=_mail_from(env.get("PORTAL_MAIL_FROM", f"servicio-social@{_mail_domain(site)}")),
            limits=_limits(env),
            **_times(env),
            **_letters(env),
            **_more_secrets(env),
        )


def _letters(env: "_Env") -> dict[str, Any]:
    """Who dates the seals of letters, and who issues e.firmas."""
    return {
        "tsa_url": urls.http("PORTAL_TSA_URL", env.get("PORTAL_TSA_URL", "")),
        "efirma_autoridades": _existing("PORTAL_EFIRMA_AUTORIDADES", env),
    }


def _existing(name: str, env: "_Env") -> Path | None:
    """A file or folder that is there; None where none is named."""
    text = env.get(name, "")
    path = Path(text).expanduser().absolute() if text else None
    if path is not None and not path.exists():
        raise SettingsError(f"{name}: no existe {path}.")
    return path


class _Env:
    """A mapping of strings where empty is unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def get(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def by_slug(self, prefix: str, suffix: str) -> dict[str, str]:
        """One variable for each escuela: PORTAL_OIDC_MI_ESCUELA_SECRET is that of the slug mi-escuela."""
        names = (name for name in self._environ if name.startswith(prefix) and name.endswith(suffix))
        slugs = {name: name[len(prefix) : -len(suffix)].lower().replace("_", "-") for name in names}
        return {slug: self.get(name, "") for name, slug in slugs.items() if self.get(name, "")}

    def number(self, name: str, default: int, low: int, high: int) -> int:
        text = self.get(name, str(default))
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise SettingsError(f"{name} es «{text}» y debe ser un número entero entre {low} y {high}.")
        return int(text)


def _limits(env: _Env) -> Limits:
    return Limits(
        upload_bytes=env.number("PORTAL_MAX_UPLOAD_BYTES", Limits.upload_bytes, 1024, 3 * 1024 * MIB),
        form_bytes=env.number("PORTAL_MAX_FORM_BYTES", Limits.form_bytes, 1024, 64 * MIB),
        image_pixels=env.number("PORTAL_MAX_IMAGE_PIXELS", Limits.image_pixels, 10_000, 400_000_000),
        pdf_pages=env.number("PORTAL_MAX_PDF_PAGES", Limits.pdf_pages, 1, 20_000),
    )


def _times(env: _Env) -> dict[str, int]:
    return {
        "sweep_seconds": env.number("PORTAL_SWEEP_SECONDS", 30, 1, 3600),
        "lease_seconds": env.number("PORTAL_LEASE_SECONDS", 120, 5, 3600),
        "session_seconds": env.number("PORTAL_SESSION_SECONDS", 8 * 3600, 300, 90 * 86400),
    }


def _more_secrets(env: _Env) -> dict[str, Any]:
    return {
        "metrics_token": _metrics_token(env.get("PORTAL_METRICS_TOKEN", "")),
        "own_secret": bool(env.get("PORTAL_SECRET_KEY", "")),
        "secret_keys_before": tuple(env.get("PORTAL_SECRET_KEYS_BEFORE", "").split()),
        "oidc_secrets": env.by_slug("PORTAL_OIDC_", "_SECRET"),
    }


def _metrics_token(text: str) -> str:
    """What a monitor shows to read /metrics; "" closes the page."""
    if text and (len(text) < _TOKEN_MIN or not text.isascii() or any(c.isspace() for c in text)):
        raise SettingsError(f"PORTAL_METRICS_TOKEN debe tener {_TOKEN_MIN} caracteres o más, sin espacios.")
    return text


def _require_production(env: _Env) -> None:
    """Production starts only on the real backends; doing without clamd has to be said (`no`)."""
    wanted = {
        "PORTAL_DATABASE_URL": "la dirección de PostgreSQL",
        "PORTAL_STORAGE_URL": "la dirección del almacén S3",
        "PORTAL_REDIS_URL": "la dirección de Redis",
        "PORTAL_MAIL_URL": "la dirección del servidor SMTP",
        "PORTAL_CLAMD_URL": "la dirección de clamd (o «no» para trabajar sin antivirus)",
        "PORTAL_SECRET_KEY": "una clave propia",
        "PORTAL_BASE_URL": "la dirección pública del portal",
    }
    for name, what in wanted.items():
        if not env.get(name, ""):
            raise SettingsError(f"Falta {name}: en producción necesita {what}.")
    refused = {
        "PORTAL_DATABASE_URL": ("sqlite", "SQLite; en producción se usa PostgreSQL"),
        "PORTAL_STORAGE_URL": ("file", "una carpeta; en producción se usa S3"),
        "PORTAL_MAIL_URL": ("folder", "una carpeta; en producción se usa SMTP"),
    }
    for name, (scheme, why) in refused.items():
        if env.get(name, "").lower().startswith(scheme):
            raise SettingsError(f"{name} apunta a {why}.")


def _mail_domain(site: str) -> str:
    """The host of the portal where it may stand in an address, which an IP may not."""
    return site if "." in site and not site.replace(".", "").isdigit() and ":" not in site else "portal.test"


def _mail_from(address: str) -> str:
    user, at, domain = address.partition("@")
    if not (user and at and domain) or "@" in domain or any(c.isspace() or c in '<>,;"' for c in address):
        raise SettingsError("PORTAL_MAIL_FROM debe ser una sola dirección de correo, sin nombre.")
    return address


def _base_url(url: str, env: str) -> str:
    """Where links in mails and QR codes point; TLS in production, except on the machine itself."""
    example = "https://servicio.escuela.mx"
    parts = urls.split("PORTAL_BASE_URL", url, ("http", "https"), example)
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise SettingsError(f"PORTAL_BASE_URL lleva solo esquema y servidor, como {example}.")
    if env == "production" and parts.scheme == "http" and parts.hostname not in urls.LOCAL:
        raise SettingsError("PORTAL_BASE_URL debe empezar con https:// en producción.")
    return f"{parts.scheme}://{parts.netloc}"


def _hosts(text: str, env: str, site: str, host: str) -> tuple[str, ...]:
    """Host names (no port) that a request may carry; the base URL's is always one of them."""
    given = [part.strip().lower() for part in text.split(",") if part.strip()]
    if any("/" in part or part == "*" for part in given):
        raise SettingsError("PORTAL_ALLOWED_HOSTS es una lista de nombres de servidor separados por comas.")
    local = [] if env == "production" else [*urls.LOCAL, host]
    return tuple(dict.fromkeys([site, *given, *local]))


def _secret(text: str, env: str, data: Path) -> str:
    """The given key if it is fit for its use; outside production, one made once for this data folder."""
    if text:
        copied = any(word in text.lower() for word in _SECRET_WORDS)
        if env == "production" and (copied or len(text) < _SECRET_MIN or len(set(text)) < 12):
            raise SettingsError(
                f"PORTAL_SECRET_KEY es demasiado corta o fácil de adivinar: use {_SECRET_MIN} caracteres "
                "al azar, por ejemplo los que da «python3 -c 'import secrets; print(secrets.token_urlsafe(48))'»."
            )
        return text
    if env == "test":
        return secrets.token_urlsafe(48)
    try:
        return _secret_file(data)
    except OSError as error:
        raise SettingsError(
            f"PORTAL_DATA: no se puede escribir en la carpeta {data} ({error.strerror})."
        ) from error


def _secret_file(data: Path) -> str:
    """Read the data folder's key, or make it; of two processes that start at once one wins, both read it."""
    path = data / "secret_key"
    if not path.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = data / f".secret_key.{os.getpid()}.{secrets.token_hex(4)}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    key = path.read_text().strip()
    if len(key) < _SECRET_MIN:
        raise SettingsError(
            f"PORTAL_SECRET_KEY: el archivo {path} está dañado; bórrelo para generar otra clave."
        )
    return key
