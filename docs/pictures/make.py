"""Makes the pictures of docs/students.md from what was really printed and written: `make pictures` records that first."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

FOLDER = Path(__file__).parent
COLUMNS = 80
COLOURS = 128  # of a picture's palette: small files
PAGE = (
    "<!doctype html><meta charset=utf-8><style>{stylesheet} body {{ margin: 16px; background: {background}; color: {foreground} }}"
    "pre {{ margin: 0; font: 14px/1.35 'DejaVu Sans Mono', monospace }}</style><pre>{code}</pre>"
)
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --hide-scrollbars"
DARK = "--blink-settings=preferredColorScheme=0"


def main(console: Path, report: Path) -> None:
    """Make all pictures: of a console's output, coloured by ANSI codes, and of a report."""
    with tempfile.TemporaryDirectory() as scratch:
        printed = Path(scratch) / "console.html"
        lines = console.read_text(encoding="utf-8")
        printed.write_text(_as_html(lines), encoding="utf-8")
        _shoot(printed, "terminal", 720, 19 * (lines.count("\n") + 1) + 32)
        _shoot(report, "report-light", 1000, 2060)
        _shoot(report, "report-dark", 1000, 2060, DARK)
        # A window cannot be as narrow as a phone, a frame can.
        narrow = Path(scratch) / "narrow.html"
        narrow.write_text(
            f'<!doctype html><body style="margin:0"><iframe src="{report.resolve().as_uri()}" style="width:400px;height:1500px;border:0">',
            encoding="utf-8",
        )
        _shoot(narrow, "report-narrow", 400, 1500)
        pdf = Path(scratch) / "report.pdf"
        _chromium(report, f"--print-to-pdf={pdf}", "--no-pdf-header-footer")
        subprocess.run(["pdftoppm", "-r", "60", "-png", "-f", "1", "-l", "3", str(pdf), str(Path(scratch) / "sheet")], check=True)
        _keep(_side_by_side([Image.open(sheet).convert("RGB") for sheet in sorted(Path(scratch).glob("sheet*.png"))]), "report-print")


def _as_html(text: str) -> str:
    console = Console(record=True, file=io.StringIO(), width=COLUMNS, force_jupyter=False)
    console.print(Text.from_ansi(text), soft_wrap=True)
    return console.export_html(theme=MONOKAI, code_format=PAGE, inline_styles=False)


def _shoot(page: Path, name: str, width: int, height: int, *more: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        shot = Path(scratch) / "shot.png"
        _chromium(page, f"--window-size={width},{height}", f"--screenshot={shot}", "--allow-file-access-from-files", *more)
        _keep(Image.open(shot).convert("RGB"), name)


def _chromium(page: Path, *wanted: str) -> None:
    with tempfile.TemporaryDirectory() as profile:
        command = ["chromium", *FLAGS.split(), f"--user-data-dir={profile}", *wanted, page.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def _side_by_side(sheets: list[Image.Image]) -> Image.Image:
    width, height = sheets[0].size
    whole = Image.new("RGB", ((width + 8) * len(sheets), height + 8), "gray")
    for number, sheet in enumerate(sheets):
        whole.paste(sheet, (number * (width + 8) + 4, 4))
    return whole


def _keep(picture: Image.Image, name: str) -> None:
    file = FOLDER / f"{name}.png"
    picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
