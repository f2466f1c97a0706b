"""The servicio-social portal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Flask

from tenants import clock

if TYPE_CHECKING:
    from portal.backends.interfaces import Backends
    from portal.settings import Settings


def create_app(settings: Settings, backends: Backends | None = None) -> Flask:
    """Build the web application from its settings: registration only. `backends` replaces the wired ones in tests."""
    from flask_migrate import Migrate
    from flask_wtf import CSRFProtect

    from portal.models import db
    from portal.services import effects, runtime
    from portal.web import contexto, errors, labels, metricas, nav, peticiones, seguridad, sesion, theme
    from portal.wiring import build, raise_walls

    app = _flask(settings)
    db.init_app(app)
    Migrate(app, db, directory=f"{app.root_path}/../migrations", render_as_batch=True)
    raise_walls(app, db)
    for init in (peticiones.init_peticiones, metricas.init_metricas, theme.init_theme, contexto.init_contexto,
                 sesion.init_sesion, errors.init_errors, seguridad.init_seguridad, labels.init_labels,
                 nav.init_nav):  # fmt: skip
        init(app)
    CSRFProtect(app)  # after the escuela is known: reading the form asks the view's upload limit
    _register_blueprints(app)
    effects.load()
    _configure_runtime(
        app, settings, backends or build(settings, drain=_drain(app), sweep=_sweep(app)), runtime
    )
    return app


def _flask(settings: Settings) -> Flask:
    """The bare application: where its files are, and its configuration."""
    from jinja2 import FileSystemLoader

    from portal.web.direcciones import Portal
    from portal.web.galleta import SharedClockSession
    from portal.web.uploads import UploadRequest

    app = Portal(__name__, static_folder="static", template_folder="../templates")
    app.request_class = UploadRequest
    app.session_interface = SharedClockSession()
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=settings.engine_options,
        SESSION_COOKIE_NAME="portal",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=settings.session_seconds),
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # pages behind a personal link send no referrer; the token is what counts
        SEND_FILE_MAX_AGE_DEFAULT=31536000,
        TRUSTED_HOSTS=list(settings.allowed_hosts),
        PORTAL=settings,
    )
    if settings.proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix

        trusted = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, trusted, trusted, trusted)  # type: ignore[method-assign]
    app.jinja_loader = FileSystemLoader(f"{app.root_path}/../templates")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    return app


def _register_blueprints(app: Flask) -> None:
    from importlib import import_module

    for name in ("publico", "acceso", "alumno", "dependencia", "coordinador"):
        app.register_blueprint(import_module(f"portal.{name}").bp)


def _configure_runtime(app: Flask, settings: Settings, backends: Backends, runtime: object) -> None:
    from portal.services.runtime import Runtime, configure

    app.extensions["portal_backends"] = backends
    configure(
        Runtime(
            backends=backends,
            base_url=settings.base_url.rstrip("/"),
            secret_key=settings.secret_key,
            mail_from=settings.mail_from,
            max_upload_bytes=settings.limits.upload_bytes,
            secret_keys_before=settings.secret_keys_before,
            oidc_secrets=settings.oidc_secrets,
            tsa_url=settings.tsa_url,
            efirma_autoridades=settings.efirma_autoridades,
            argon2=(64, 1) if settings.env == "test" else Runtime.argon2,
            lease=timedelta(seconds=settings.lease_seconds),
        )
    )


def _clock() -> datetime:
    return clock.now()


def _drain(app: Flask):  # type: ignore[no-untyped-def]
    def drain(escuela_id: int) -> None:
        from worker.outbox import drain as run

        with app.app_context():
            run(escuela_id, _clock)

    return drain


def _sweep(app: Flask):  # type: ignore[no-untyped-def]
    def sweep() -> None:
        from worker.outbox import sweep as run

        with app.app_context():
            run(_clock)

    return sweep
