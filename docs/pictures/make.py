"""Makes the pictures of docs/students.md from what was really printed and written: `make pictures` records that first."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).parent
MISTAKEN = FOLDER.parents[1] / "solutions/output-shapes/wrong/m57-convolution-padded.py"
COLUMNS = 80
COLOURS = 256  # of a picture's palette, those that cover most among them unchanged: small files
PAGE = (
    "<!doctype html><meta charset=utf-8><style>{stylesheet} body {{ margin: 16px; background: {background}; color: {foreground} }}"
    "pre {{ margin: 0; font: 14px/1.35 'DejaVu Sans Mono', monospace }}</style><pre>{code}</pre>"
)
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
ONE_PROCESS = "--disable-site-isolation-trials"  # the notebook's frame is painted together with what is around it


def main(recorded: Path) -> None:
    """Make all pictures from `first.ansi`, `first.html` and `report.html`; the notebook is run here."""
    notebook = _notebook()  # before Playwright, whose asyncio loop would be in its way
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as driver:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = driver.chromium.launch(executable_path=found, args=[*FLAGS.split(), ONE_PROCESS])
        printed = _page(scratch, "terminal", _as_html((recorded / "first.ansi").read_text(encoding="utf-8")))
        report = recorded / "report.html"
        with _open(browser, printed, width=720) as page:
            _shoot(page, "terminal", page.evaluate("document.body.scrollHeight + 32"))
        for scheme in ("light", "dark"):
            with _open(browser, report, scheme=scheme) as page:
                _shoot(page, f"report-{scheme}", 2060)
        with _open(browser, report, width=400) as page:
            _shoot(page, "report-narrow", 1500)
        with _open(browser, recorded / "first.html", width=900) as page:
            _shoot(page, "cats-vs-dogs-causes", _foot(page, "article"))
        with _open(browser, _page(scratch, "notebook", notebook), width=1000) as page:
            cell = page.locator(".jp-CodeCell").last
            page.frame_locator("iframe").locator("h1").wait_for()
            _keep(cell.screenshot(), "notebook")
        with _open(browser, report) as page:
            page.pdf(path=f"{scratch}/report.pdf", prefer_css_page_size=True)
        subprocess.run(["pdftoppm", "-r", "60", "-png", "-f", "1", "-l", "3", f"{scratch}/report.pdf", f"{scratch}/sheet"], check=True)
        _keep(_side_by_side([Image.open(sheet).convert("RGB") for sheet in sorted(Path(scratch).glob("sheet*.png"))]), "report-print")
        browser.close()


def _as_html(text: str) -> str:
    console = Console(record=True, file=io.StringIO(), width=COLUMNS, force_jupyter=False)
    console.print(Text.from_ansi(text), soft_wrap=True)
    return console.export_html(theme=MONOKAI, code_format=PAGE, inline_styles=False)


def _notebook() -> str:
    """Return a notebook in which a mistaken submission was graded, run in a kernel, as a page."""
    cells = ["%load_ext grader", MISTAKEN.read_text(encoding="utf-8"), "%grade output-shapes"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    page, _ = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="", widget_renderer_url="").from_notebook_node(notebook)
    return str(page)


def _page(folder: str, name: str, source: str) -> Path:
    file = Path(folder) / f"{name}.html"
    file.write_text(source, encoding="utf-8")
    return file


@contextmanager
def _open(browser: Browser, file: Path, *, width: int = 1000, scheme: str = "light") -> Iterator[Page]:
    with browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True) as context:
        page = context.new_page()
        page.goto(file.resolve().as_uri())
        yield page


def _foot(page: Page, selector: str) -> int:
    box = page.locator(selector).last.bounding_box()
    return round(box["y"] + box["height"] + 16) if box else 0


def _shoot(page: Page, name: str, height: int) -> None:
    """Take the first `height` pixels of a page."""
    _keep(page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": page.evaluate("innerWidth"), "height": height}), name)


def _side_by_side(sheets: list[Image.Image]) -> Image.Image:
    width, height = sheets[0].size
    whole = Image.new("RGB", ((width + 8) * len(sheets), height + 8), "gray")
    for number, sheet in enumerate(sheets):
        whole.paste(sheet, (number * (width + 8) + 4, 4))
    return whole


def _keep(picture: bytes | Image.Image, name: str) -> None:
    file = FOLDER / f"{name}.png"
    whole = picture if isinstance(picture, Image.Image) else Image.open(io.BytesIO(picture)).convert("RGB")
    whole.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
