"""A real browser, Chromium driven by Playwright, and what is asked of every page in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
WIDTHS = (400, 1000)
SCHEMES = ("light", "dark")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Visit = Callable[..., AbstractContextManager["Page"]]

# Everything that a page must not have, as one sentence each.
FAULTS = """() => {
  const found = [], root = document.documentElement, width = root.clientWidth;
  const name = one => `${one.localName}.${one.className.baseVal ?? one.className} ${one.textContent.trim().slice(0, 40)}`;
  if (root.scrollWidth > width) {
    found.push(`scrolls sideways: ${root.scrollWidth} of ${width} pixels`);
    for (const one of document.body.querySelectorAll('*'))
      if (one.getBoundingClientRect().right > width + 0.5 && !one.closest('.scroll, pre')) found.push(`too wide: ${name(one)}`);
  }
  for (const one of document.body.querySelectorAll(':not(.hidden, svg *)')) {
    const cut = ['hidden', 'clip'].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth;
    if (cut && !one.closest('svg')) found.push(`cut off: ${name(one)}`);
  }
  if (getComputedStyle(document.body).maxWidth === 'none' && !matchMedia('print').matches) found.push('has no style sheet');
  for (const image of document.images) {
    if (!image.alt.trim()) found.push('a picture has no text');
    if (!image.complete || !image.naturalWidth) found.push(`a picture did not load: ${image.alt}`);
  }
  for (const drawing of document.querySelectorAll('svg')) {
    const named = drawing.getAttribute('aria-label') || drawing.getAttribute('aria-labelledby')?.split(' ').every(
      id => document.getElementById(id)?.textContent.trim());
    if (drawing.getAttribute('aria-hidden') !== 'true' && !(drawing.getAttribute('role') === 'img' && named))
      found.push('a drawing has no text');
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    """One Chromium for the tests of a module. While it is there, an asyncio loop runs in this thread: other tests must not meet it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install -e '.[dev]'")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=found, args=FLAGS.split())
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Page:
    """One tab for all: another costs more time than most pages."""
    return browser.new_page()


@pytest.fixture
def visit(tab: Page, tmp_path: Path) -> Visit:
    """Open a page from its file; by the time it is left, it must not have complained nor asked for anything but that file."""

    @contextmanager
    def opened(source: str, *, width: int = 1000, scheme: str = "light", media: str = "screen") -> Iterator[Page]:
        file, wrong = tmp_path / "page.html", []
        file.write_text(source, encoding="utf-8")
        heard = {
            "console": lambda message: wrong.append(f"in the console: {message.text}"),
            "pageerror": lambda error: wrong.append(f"an error: {error}"),
            "requestfailed": lambda request: wrong.append(f"did not load: {request.url[:80]}"),
            "request": lambda request: wrong.append(f"asks for {request.url[:80]}") if request.url != file.as_uri() else None,
        }
        tab.set_viewport_size({"width": width, "height": 800})
        tab.emulate_media(media=media, color_scheme=scheme)
        for event, hear in heard.items():
            tab.on(event, hear)
        try:
            tab.goto(file.as_uri())
            yield tab
        finally:
            for event, hear in heard.items():
                tab.remove_listener(event, hear)
        assert wrong == []

    return opened


def unfold(page: Page) -> None:
    page.evaluate("() => { for (const folded of document.querySelectorAll('details')) folded.open = true }")


def faults(page: Page) -> list[str]:
    """Return what is wrong with a page as it stands there, measured."""
    return page.evaluate(FAULTS)


def barriers(page: Page, rules: list[str]) -> list[str]:
    """Return what axe finds, by rules or sets of them, that keeps somebody from reading or using a page."""
    from axe_playwright_python.sync_playwright import Axe

    options = {"runOnly": rules, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options | ({"rules": {"target-size": {"enabled": True}}} if rules == STANDARDS else {}))
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary']}" for one in found.response["violations"] for node in one["nodes"][:3]
    ]
