"""The HTML report: one page that needs nothing else, holds nothing raw, and says everything."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from grader.assembling import MAX_AUGMENTATIONS
from grader.contracts.pictures import MAX_DRAWN_LAYERS, MAX_MISTAKEN, MAX_VERSIONS, AugmentedImage
from grader.contracts.report import Report
from grader.contracts.training_facts import Try
from grader.examine.pictures import photo, tiles
from grader.report import to_html
from grader.report.charts import FRAME, curves

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Collects elements, visible text and anything that is wrong with the nesting."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.errors: list[str] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()
        self.errors += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.errors.append(f"unexpected </{tag}>")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.elements if name in attributes]


def test_is_well_formed_and_needs_nothing_else(any_report: Report) -> None:
    page = Page(to_html(any_report))
    assert page.errors == []
    names = {tag for tag, _ in page.elements}
    assert not names & {"script", "link", "iframe", "object", "embed", "form", "base", "video", "audio"}
    assert all(source.startswith("data:image/png;base64,") for source in page.attributes("src"))
    assert page.attributes("style") == []
    assert [link for link in page.attributes("href") if not link.startswith("#")] == []
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)


def test_policy_allows_the_one_style_sheet_and_nothing_else(any_report: Report) -> None:
    source = to_html(any_report)
    (style,) = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [a["content"] or "" for tag, a in Page(source).elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    assert "url(" not in style
    assert "@import" not in style


def test_ids_are_unique_and_links_lead_somewhere(any_report: Report) -> None:
    page = Page(to_html(any_report))
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    for wanted in [link.removeprefix("#") for link in page.attributes("href")] + " ".join(page.attributes("aria-labelledby")).split():
        assert wanted in ids


def test_every_picture_has_a_text_and_a_size(any_report: Report) -> None:
    page = Page(to_html(any_report))
    for tag, attributes in page.elements:
        if tag == "img":
            assert (attributes["alt"] or "").strip()
            assert int(attributes["width"] or 0) > 0 < int(attributes["height"] or 0)
        if tag == "svg":
            named = attributes.get("role") == "img" and attributes.get("aria-labelledby")
            assert named or attributes.get("aria-hidden") == "true"


def test_headings_go_down_one_level_at_a_time(any_report: Report) -> None:
    levels = [int(tag[1]) for tag, _ in Page(to_html(any_report)).elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(deeper <= level + 1 for level, deeper in pairwise(levels))


@pytest.mark.parametrize(
    ("name", "there", "absent"),
    [
        (
            "passed",
            ["7 / 7", "Passed", "Best accuracy on 400 hidden images: 93.0%", "cats 210"],
            [
                "Hint",
                "What was taken for what",
                "Mistakes, the surest first",
                "What each layer sees",
                "layer by layer",
                "augmentation",
                "Noticed",
                "Expected",
                "left out",
            ],
        ),
        (
            "failed",
            [
                "Not passed yet",
                "A softmax over one unit is always 1.0; use Dense(1, activation='sigmoid') for two classes.",
                "In the software's own words",
                "Hint 2 of 2",
                "1 criterion skipped: 0 / 4 points.",
                "2 of 9 points; 5.4 are needed to pass.",
                "the official mark may differ",
                "!pip install tensorflow",
                "Found 1000 images",
                "bubblewrap: not in force (not installed)",
                "TensorFlow 2.21.0",
                "a" * 64,
                "training 21 s",
                "As the submission itself reports it.",
            ],
            ["grader check --html"],
        ),
        (
            "pictured",
            [
                "85.0% is asked",
                "cats 190 10 95.0%",
                "dogs , taken for cats 99% sure",
                "Conv2D block_0_conv 148×148×16, 3 of 16 channels",
                "Rescaling rescaling scale 1/255 150×150×3",
                "MobileNetV2: 9 layers, 4,032 parameters, all frozen; gives 75×75×16",
                "Conv2D block_8_conv frozen 16 filters 3×3, padding same 75×75×16 448 parameters",
                "Functional, input 150×150×3; 13,313 parameters. 4,032 of them not trained.",
                "Dense out 1 unit, sigmoid 1 9,281 parameters",
                "shift_generator(fill_mode=nearest)",
                "The random layers of create_model",
                "The network learns 4 / 4 measured, and right Counts once this has passed: The last layer fits the labels.",
            ],
            ["Which classes it predicted"],
        ),
        ("four_classes", ["True class taken for scissors taken for rock", "chrysanthemums 0 17 1000 51 93.6%"], []),
        ("many_classes", ["What was taken for what", "A 30 of 37 B (6), F (1)", "Hardest: A: 81.1% right, taken for B (6), F (1);"], []),
        (
            "partial",
            [
                "60.0% of the points: 79.0% found, 85.0% asked",
                "Try 2: 79.0%",
                "79.0% of the hidden images, 84.0% of the training images in epoch 2 of 3",
            ],
            ["Why"],
        ),
        ("unattempted", ["Not started yet", "nothing of the submission was run", "none were needed"], ["TensorFlow 2"]),
        ("pending", ["1 criterion pending: 4 points left out of the total"], []),
        ("error", ["The grader failed", "1 criterion error: 4 points left out of the total"], []),
    ],
)
def test_what_is_said(make_report, name: str, there: list[str], absent: list[str]) -> None:
    text = Page(to_html(make_report(name))).text
    for sentence in there:
        assert sentence in text
    for sentence in absent:
        assert sentence not in text


def test_causes_come_before_criteria(make_report) -> None:
    text = Page(to_html(make_report("failed"))).text
    assert text.index("A softmax over one unit") < text.index("What was judged") < text.index("How the mark was computed")


def test_hostile_text_is_only_text(make_report, hostile_text: str) -> None:
    source = to_html(make_report("hostile"))
    for raw in ("<script", "\x1b", "\u202e", "\u200b", "::error", "##[", " &amp;:"):
        assert raw not in source
    text = Page(source).text
    assert "<script>alert(1)</script> [bold]x[/bold] \\x1b[31mred \\u202eevil" in text
    assert source.count("<pre") == 4  # Keras' own text of the cause and of two trainings, stdout once: nothing closes them early
    assert source.count("<img") == 5


def test_code_between_backticks_is_code(make_report) -> None:
    report = make_report("failed").model_copy(update={"notes": ("use `a < b` here", "one ` alone", "`<b>`")})
    source = to_html(report)
    assert "use <code>a &lt; b</code> here" in source
    assert "one ` alone" in source
    assert "<code>&lt;b&gt;</code>" in source


def test_curves_stay_inside_their_frame(make_report) -> None:
    for one in make_report("partial").trainings[0].tries:
        drawn = curves(one, classes=2)
        for point in (*drawn.training, *drawn.holdout):
            assert FRAME.left <= point.x <= FRAME.right
            assert FRAME.top <= point.y <= FRAME.bottom
        assert drawn.best == drawn.holdout[one.best_epoch - 1]
        assert drawn.chance == (FRAME.top + FRAME.bottom) / 2


def test_higher_accuracy_is_drawn_higher(make_report) -> None:
    first, second, third = curves(make_report("passed").trainings[0].tries[0], classes=2).holdout
    assert first.y > second.y > third.y
    assert first.x < second.x < third.x == FRAME.right


def test_a_try_without_an_epoch_is_said_not_drawn(make_report) -> None:
    training = (
        make_report("passed")
        .trainings[0]
        .model_copy(update={"tries": (Try(number=1, epochs=(), best_epoch=0, holdout_accuracy=0.0, ended="diverged"),)})
    )
    source = to_html(make_report("passed").model_copy(update={"trainings": (training,)}))
    assert "no epoch was completed" in source
    assert "<polyline" not in source


def test_several_networks_stand_side_by_side(make_report) -> None:
    source = to_html(make_report("compared"))
    row = r"<code>cnn_model</code></th><td>225,034</td><td>7.25 x</td><td>91.0%</td>"
    assert row in source
    assert source.count("<polyline") == 4
    assert len(re.findall(r'id="chart-\d-1-title"', source)) == 2
    assert "Time per epoch" not in to_html(make_report("passed"))


def test_the_largest_page_stays_under_two_megabytes(make_report) -> None:
    """As many pictures as there can be, all of noise, which no PNG makes smaller, and two of the largest networks."""
    noise = np.random.default_rng(5)
    image = photo(noise.integers(0, 256, (150, 150, 3)))
    strip = tiles(noise.random((8, 148, 148)).astype(np.float32))
    report = make_report("pictured")
    (training,), (network,), shown = report.trainings, report.networks, report.augmentations[0]
    maps = training.maps.layers[0].model_copy(update={"picture": strip})
    full = training.model_copy(
        update={
            "mistaken": tuple(training.mistaken[0].model_copy(update={"picture": image}) for _ in range(MAX_MISTAKEN)),
            "augmented": AugmentedImage(original=image, versions=(image,) * MAX_VERSIONS),
            "maps": training.maps.model_copy(update={"image": image, "layers": (maps,) * MAX_DRAWN_LAYERS}),
        }
    )
    augmented = shown.model_copy(update={"original": image, "versions": (image,) * MAX_VERSIONS})
    large = network.model_copy(update={"layers": (network.layers[0], *network.layers[1:10] * 30, *network.layers[-2:])})
    page = to_html(
        report.model_copy(
            update={
                "trainings": (full, full.model_copy(update={"id": "other"})),
                "networks": (large, large),
                "augmentations": (augmented,) * MAX_AUGMENTATIONS,
            }
        )
    )
    assert 1_000_000 < len(page.encode()) < 2_000_000
