"""The pages on paper: light, nothing wider than the sheet, nothing folded away, nothing that only a screen can use."""

from __future__ import annotations

import html
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.contracts.report import Report
from grader.report import to_html
from grader.report.class_facts import Overview
from grader.report.class_html import Given, Handed, index_page, student_page

from .test_class_pages import small, work  # noqa: F401 - a fixture
from .test_html import FLAGS, chromium  # noqa: F401 - a fixture

SHEET = (688, 1016)  # CSS pixels of an A4 sheet within its margins of 14 mm, upright and on its side
# What is for paper is made to hold on the screen, in the page's own document: a frame is as wide as a sheet without its margins.
PRINTED = """<!doctype html><title>printed</title><body>{frames}<script>
onload = () => {{
  for (const frame of document.querySelectorAll('iframe')) {{
    const page = frame.contentDocument, view = frame.contentWindow;
    for (const {{media}} of page.styleSheets[0].cssRules)
      if (media) media.mediaText = media.mediaText.startsWith('screen') ? 'not all' : media.mediaText.replace('print', 'all');
    const shown = [...page.querySelectorAll('body *')].filter(one => one.checkVisibility({{contentVisibilityAuto: true}}));
    const texts = shown.map(one => [...one.childNodes].filter(node => node.nodeType === 3).map(node => node.data).join(''));
    const line = document.createElement('p');
    line.textContent = JSON.stringify({{
      name: frame.name,
      room: page.documentElement.clientWidth,
      needed: page.documentElement.scrollWidth,
      background: view.getComputedStyle(page.body).backgroundColor,
      colour: view.getComputedStyle(page.body).color,
      text: texts.join(' '),
      rows: [...page.querySelectorAll('tr:not(:has(table)), figure:not(.maps)')].map(one => view.getComputedStyle(one).breakInside),
    }});
    document.body.append(line);
  }}
}};
</script></body>
"""


@pytest.mark.browser
def test_on_paper(
    chromium: str,  # noqa: F811
    make_report: Callable[[str], Report],
    small: Overview,  # noqa: F811
    tmp_path: Path,
) -> None:
    failed = make_report("failed").model_copy(update={"stdout": "what it printed"})
    handed = [Handed("Cats vs dogs", work(make_report, "failed"), failed, (Given(0.0, 1, 2, "graded"),))]
    pages = {
        "failed": to_html(failed),
        "pictured": to_html(make_report("pictured")),
        "compared": to_html(make_report("compared")),
        "class": index_page(small, name="week1", asof="now"),
        "student": student_page("Ada", handed, back="../index.html"),
    }
    frames = []
    for name, source in pages.items():
        (tmp_path / f"{name}.html").write_text(source, encoding="utf-8")
        frames.append(f'<iframe name="{name}" src="{name}.html" style="width:{SHEET[name == "class"]}px;height:600px;border:0"></iframe>')
    page = tmp_path / "frames.html"
    page.write_text(PRINTED.format(frames="".join(frames)), encoding="utf-8")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    dark = "--blink-settings=preferredColorScheme=0"
    done = subprocess.run(
        [chromium, *FLAGS, dark, profile, "--allow-file-access-from-files", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = [json.loads(html.unescape(line)) for line in re.findall(r"<p>(\{.*?\})</p>", done.stdout)]
    assert [one["name"] for one in found] == list(pages)
    for one in found:
        name = one["name"]
        assert one["needed"] <= one["room"], f"{name} is wider than its sheet"
        assert (one["background"], one["colour"]) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)"), f"{name} is not black on white"
        assert set(one["rows"]) <= {"avoid"}, f"{name}: a page may end within a row or a picture"
        assert "← The class" not in one["text"], name
    shown = {one["name"]: one["text"] for one in found}
    for name in ("failed", "student"):
        for folded in ("does not move", "Only one of them.", "Versions"):
            assert folded in shown[name], f"{name}: {folded!r} is folded away"
        assert "what it printed" not in shown[name]  # as long as the student likes, and no part of the mark
    assert "Sort" not in shown["class"]
