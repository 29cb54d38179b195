"""A real browser: headless Chromium, driven by Playwright, that notes whatever its console complains of."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.conftest import ROOT

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
MODES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = ((1440, 900), (390, 844))
# A form that is refused on purpose answers 4xx, and Chromium says so; nothing else may be said.
REFUSED = re.compile(r"the server responded with a status of 4\d\d")
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Visitor:
    """One window with its own cookies; `complaints` holds what the browser's console reported."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Note an error or a warning of the page."""
        if message.type in {"error", "warning"} and not REFUSED.search(message.text):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def sign_in(self, address: str, *, email: str, password: str) -> None:
        """Fill in the form at a host."""
        self.page.goto(f"{address}/sign-in")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")

    def enter(self, way: dict[str, Any]) -> str:
        """Sign in as one of the demo's people, of whom `Product.way_in` tells; the address of the host."""
        self.sign_in(way["url"], email=way["email"], password=way["password"])
        return str(way["url"])

    def press(self, name: str) -> None:
        """Press the button of a name in the page's content, and wait for what follows."""
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()
        self.page.wait_for_load_state()

    def follow(self, name: str) -> None:
        """Follow the link of a name, and wait for the page."""
        self.page.get_by_role("link", name=name, exact=True).first.click()
        self.page.wait_for_load_state()

    def faults(self) -> list[str]:
        """What axe finds on the present page, in both modes and at both widths; and what sticks out at the side."""
        found = []
        for width, height in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": height})
            if self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                found.append(f"{self.page.url} at {width} px: wider than the window")
            for mode in MODES:
                self.page.emulate_media(color_scheme=mode, reduced_motion="reduce")
                found += [f"{self.page.url} at {width} px, {mode}: {fault}" for fault in self._axe()]
        self.page.set_viewport_size({"width": WIDTHS[0][0], "height": WIDTHS[0][1]})
        return found

    def _axe(self) -> list[Any]:
        """Injected by the debugger, which the page's policy does not bind. Swagger UI's own markup is not ours to judge."""
        run = f"axe.run({{exclude: [['#swagger']]}}, {{runOnly: {json.dumps(RULES)}}})"
        told = "violations.map(found => [found.id, found.nodes.length, found.nodes[0].html.slice(0, 200)])"
        session = self.page.context.new_cdp_session(self.page)
        session.send("Runtime.evaluate", {"expression": AXE.read_text()})
        answer = session.send(
            "Runtime.evaluate",
            {"expression": f"{run}.then(result => JSON.stringify(result.{told}))", "awaitPromise": True, "returnByValue": True},
        )
        session.detach()
        violations: list[Any] = json.loads(answer["result"]["value"])
        return violations


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser for the length of a block. It runs an event loop in this thread, so no database may be used inside."""
    named = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    program = next((found for name in named if name and (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("Chromium is needed; on Debian: apt-get install chromium. Another place is named by CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()


def visitor(browser: Browser) -> Visitor:
    """A new window without cookies."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC", viewport={"width": 1440, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(15_000)
    found = Visitor(context.new_page())
    found.page.on("console", found.hear)
    found.page.on("pageerror", lambda fault: found.complaints.append(str(fault)))
    return found
