"""One visit to the page: what a person does on it, and what the browser says of it."""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route

AXE = Path(find_spec("axe_playwright_python").origin).with_name("axe.min.js")
SUM = "(9+6)*3-(8-3)*4+72-41=?"


class Visit:
    """A browser tab; `close` fails if the browser complained, or asked another origin."""

    def __init__(self, browser: Browser, address: str, **context: Any) -> None:
        shape = {"width": 1360, "height": 1000}
        self._context = browser.new_context(**({"viewport": shape} | context))
        self.address, self.page = address, self._context.new_page()
        self.complaints: list[str] = []
        self.tolerated = re.compile("$^")
        self._origins: set[str] = set()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._origins.add(origin(request.url)))

    def open(self, view: str = "ask", wait: str = "select optgroup") -> Page:
        """Go to a view, and wait until it is filled."""
        self.page.goto(f"{self.address}/#{view}")
        self.page.wait_for_selector(wait, state="attached")
        return self.page

    def ask(self, strategy: str, question: str = SUM, **parameters: int) -> Page:
        """Ask, and wait for the end."""
        page = self.open()
        page.get_by_label("Question").fill(question)
        page.get_by_label("Strategy").select_option(strategy)
        if parameters:
            page.get_by_text("Parameters", exact=True).click()
        for name, value in parameters.items():
            page.get_by_label(name, exact=True).fill(str(value))
        page.get_by_role("button", name="Ask", exact=True).click()
        page.wait_for_selector(".cost", timeout=60_000)
        return page

    def answers(self, pattern: str, body: Any, status: int = 200) -> None:
        """Have requests of this address answered by the test."""

        def fulfil(route: Route) -> None:
            route.fulfill(status=status, json=body)

        self.page.route(re.compile(pattern), fulfil)

    def faults(self) -> list[str]:
        """Return the serious and critical faults that axe finds on the page as it is."""
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [
            f"{one['id']}: {json.dumps([node['target'] for node in one['nodes']])}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]

    def close(self) -> None:
        """Leave."""
        self._context.close()
        assert self.complaints == []
        assert self._origins <= {origin(self.address)}

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning") and not self.tolerated.search(message.text):
            self.complaints.append(message.text)


def origin(url: str) -> str:
    """Return where an address leads; pages of the browser itself lead nowhere."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
