"""Somebody at a screen: reads headings, fills fields by their labels, presses buttons by their words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

from tests.browser.world import ESCUELA, PASSWORD, Site, World

expect.set_options(timeout=15_000)  # milliseconds; a busy machine is slow, not wrong


class Person:
    """One person with one browser. Every wait is on what the page shows."""

    def __init__(self, world: World | Site, page: Page) -> None:
        self.world, self.page = world, page

    @property
    def on_phone(self) -> bool:
        """Whether the review shows one tab at a time; told by the screen, not by a page that is still loading."""
        size = self.page.viewport_size
        return size is not None and size["width"] < 900

    def go(self, path: str) -> None:
        """Open an address of the portal, or a whole one out of a mail."""
        self.page.goto(path if path.startswith("http") else f"{self.world.url}{path}")

    def heading(self, words: str) -> None:
        """Wait for the page with this heading."""
        expect(self.page.get_by_role("heading", name=words).first).to_be_visible()

    def sees(self, *texts: str) -> None:
        """The page says each of these."""
        for text in texts:
            expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def is_corrected(self, sentence: str) -> None:
        """The summary of errors has this sentence and the focus."""
        summary = self.page.locator("[data-resumen-errores]")
        expect(summary).to_contain_text(sentence)
        expect(summary).to_be_focused()

    def fill(self, fields: dict[str, str], within: Locator | None = None) -> None:
        """Type into fields, each found by its label."""
        for label, value in fields.items():
            (within or self.page).get_by_label(label, exact=True).fill(value)

    def choose(self, label: str, option: str) -> None:
        """Choose from a list."""
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def tick(self, label: str) -> None:
        """Tick a box, or choose a radio button, by its words."""
        box = self.page.get_by_role("radio", name=label).or_(self.page.get_by_role("checkbox", name=label))
        box.first.check()

    def press(self, words: str) -> None:
        """Press a button that begins with these words; the page that answers is up to the next line.

        Nobody presses while a page still moves: its first script may focus what it says, and the button slides away.
        """
        self.page.wait_for_load_state()
        self.page.get_by_role("button", name=re.compile(f"^{re.escape(words)}")).first.click()

    def follow(self, words: str) -> None:
        """Follow the first link with these words, whether it looks like a link or like a button."""
        self.page.get_by_role("link", name=words).or_(
            self.page.get_by_role("button", name=words)
        ).first.click()

    def attach(self, label: str | re.Pattern[str], files: Path | Iterable[Path]) -> None:
        """Choose one file or several."""
        chosen = [files] if isinstance(files, Path) else list(files)
        self.page.get_by_label(label).set_input_files([str(path) for path in chosen])

    def decide(self, words: str) -> None:
        """Press a button of a review screen; on a phone it lies behind the tab of the decision."""
        tab = self.page.locator("label[for=vista-decision]")
        if self.on_phone:
            tab.click()
        self.press(words)

    def reject(self, reason: str, words: str = "Rechazar") -> None:
        """Reject with a ready reason, found among the chips by its words."""
        tab = self.page.locator("label[for=vista-decision]")
        if self.on_phone:
            tab.click()
        self.page.locator("summary", has_text=words).first.click()
        self.page.get_by_role("button", name=reason).click()
        written = self.page.get_by_role("textbox", name="Motivo").filter(visible=True)
        expect(written).to_have_value(re.compile(re.escape(reason)))
        self.press(f"{words} con este motivo")

    def sign_in(self, usuario: str, heading: str, *, password: str = PASSWORD, at: str = ESCUELA) -> None:
        """Sign in again, as people do after months; ends on the page of that heading."""
        self.page.context.clear_cookies()
        self.go(f"/{at}/ingresar")
        self.page.locator("input[name=usuario]").fill(usuario)
        self.page.locator("input[name=contrasena]").fill(password)
        self.press("Ingresar")
        self.heading(heading)

    def set_password(self, link: str, button: str, *, password: str = PASSWORD) -> None:
        """Open a link of a mail twice, as a mail scanner does before its reader, and set the password."""
        self.go(link)
        expect(self.page.get_by_role("button", name=button)).to_be_visible()
        self.go(link)
        self.page.locator("input[name=nueva]").fill(password)
        self.page.locator("input[name=repetida]").fill(password)
        self.press(button)
        self.heading("Ingresar")

    def download(self, words: str) -> Download:
        """Follow a link that downloads."""
        with self.page.expect_download() as held:
            self.follow(words)
        return held.value

    def draw(self, canvas: Locator) -> None:
        """Sign with a finger."""
        self.page.wait_for_load_state("load")  # pictures above it move the canvas
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        assert box is not None
        line = [(0.1, 0.7), (0.25, 0.2), (0.35, 0.8), (0.5, 0.3), (0.65, 0.75), (0.85, 0.4)]
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]
        session = self.page.context.new_cdp_session(self.page)
        for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(points) - 1)], points, strict=True):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
