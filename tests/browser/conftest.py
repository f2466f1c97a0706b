"""The browser of the browser tests: Debian's Chromium, Mexican Spanish, a phone and a desktop.

A page that asks another host for anything, or writes an error to the console, fails its test.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route
from werkzeug.serving import make_server

from portal.services import runtime
from tests.browser.world import Site

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
HOSTS = {"127.0.0.1", "localhost", "::1"}
SCREENS = {
    "phone": {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
    "desktop": {"viewport": {"width": 1280, "height": 800}},
}


class Watch:
    """What the pages of one context did that no page of ours may do, as sentences in `complaints`."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self._documents: set[str] = set()
        context.route("**/*", self._only_this_host)
        context.on("request", self._note_document)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.complaints.append(f"script error: {error.error}"))

    def _only_this_host(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.hostname not in HOSTS:
            self.complaints.append(f"asked another host: {route.request.url}")
            route.abort()
        else:
            route.continue_()

    def _note_document(self, request: Request) -> None:
        if request.is_navigation_request():
            self._documents.add(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        # Chromium writes an error for every 4xx document; a refused form is one, and the test reads its page.
        if "with a status of 4" in message.text and message.location["url"] in self._documents:
            return
        self.complaints.append(f"console error: {message.text} ({message.location['url']})")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """Launch the machine's own Chromium; no browser is downloaded."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.fail("The browser tests need Chromium: run scripts/install-browser", pytrace=False)
    return {**browser_type_launch_args, "executable_path": found, "args": FLAGS}


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`open_browser("phone" | "desktop", **options) -> Page`: one more person with a browser of their own.

    Options go to `new_context` (`base_url=` of the server, `storage_state=`). All pages of the test are
    watched; what they did wrong fails the test when it ends.
    """
    opened: list[tuple[BrowserContext, Watch]] = []

    def open_one(screen: str = "phone", **options: object) -> Page:
        defaults = {"locale": "es-MX", "timezone_id": "America/Mexico_City", "accept_downloads": True}
        context = browser.new_context(**{**defaults, **SCREENS[screen], **options})
        context.set_default_timeout(15_000)
        opened.append((context, Watch(context)))
        return context.new_page()

    yield open_one
    for context, _ in opened:
        context.close()
    complaints = [sentence for _, watch in opened for sentence in watch.complaints]
    if complaints:
        pytest.fail("The pages misbehaved:\n" + "\n".join(dict.fromkeys(complaints)), pytrace=False)


@pytest.fixture
def phone(open_browser: Callable[..., Page]) -> Page:
    """A page on a phone of 360 × 740."""
    return open_browser("phone")


@pytest.fixture
def desktop(open_browser: Callable[..., Page]) -> Page:
    """A page on a desktop of 1280 × 800."""
    return open_browser("desktop")


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """`serve(app) -> "http://127.0.0.1:PORT"`: a WSGI application on a free port until the test ends."""
    running = []

    def start(app: Callable) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@pytest.fixture
def site(app: Flask, serve: Callable[..., str]) -> Site:
    """The portal of `app`, with the three schools, served with all its protections."""
    app.config["WTF_CSRF_ENABLED"] = True
    url = serve(app)
    runtime.configure(replace(runtime.current(), base_url=url))
    return Site(url)
