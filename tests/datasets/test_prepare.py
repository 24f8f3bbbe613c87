"""What `prepare` answers to right and wrong requests."""

from __future__ import annotations

import pytest

from grader.contracts.errors import GraderError, UsageError
from grader.contracts.progress import Step
from grader.datasets import DATASETS, Dataset, lookup, prepare, repair, state_of


def test_a_dataset_is_drawn_once(small: None) -> None:
    steps: list[Step] = []
    first = prepare("cats-vs-dogs", progress=steps.append)
    assert (steps[-1].doing, steps[-1].text) == ("drawing", "cats-vs-dogs")
    count = len(steps)
    assert prepare("cats-vs-dogs", progress=steps.append) == first
    assert len(steps) == count
    assert (first.classes, first.variant, len(first.training), len(first.validation)) == (("cats", "dogs"), "embedded", 24, 16)
    assert all(image.path.is_file() for image in first.training)


@pytest.mark.parametrize(
    ("name", "variant", "said", "advice"),
    [
        ("cats-vs-dog", "embedded", "Did you mean 'cats-vs-dogs'", "fashion"),
        ("mnist", "embedded", "no dataset 'mnist'", "cats-vs-dogs"),
        ("cats-vs-dogs", "official", "has not been imported", "grader data fetch cats-vs-dogs"),
        ("sign-language", "official", "has not been imported", "grader data import sign-language PATH"),
    ],
)
def test_requests_that_cannot_be_met(cache: object, name: str, variant: str, said: str, advice: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        prepare(name, variant)  # type: ignore[arg-type]
    assert advice in caught.value.hint


def test_damaged_official_data_is_reported(official: Dataset) -> None:
    official.training[0].path.unlink()
    with pytest.raises(GraderError, match="damaged") as caught:
        prepare("cats-vs-dogs", "official")
    assert "grader data import cats-vs-dogs" in caught.value.hint


def test_repair_draws_anew_what_was_altered(embedded: Dataset) -> None:
    image = embedded.training[0]
    image.path.write_bytes(bytes(image.path.stat().st_size))  # same size: only reading shows it
    assert state_of("cats-vs-dogs", "embedded").readiness == "ready"
    assert state_of("cats-vs-dogs", "embedded", thorough=True).readiness == "damaged"
    assert repair("cats-vs-dogs") == embedded
    assert state_of("cats-vs-dogs", "embedded", thorough=True).readiness == "ready"


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_the_registry_is_consistent(name: str) -> None:
    info = lookup(name)
    assert info.name == name
    assert info.kind != "folders" or list(info.class_names) == sorted(info.class_names)
    synonyms = [s for class_name, others in info.classes.items() for s in (class_name, *others)]
    assert len(set(synonyms)) == len(synonyms)
    for file in info.official:
        assert file.sha256 is None or len(file.sha256) == 64
    assert info.drawn is None or all(n % len(info.classes) == 0 for n in (info.drawn.training, info.drawn.validation, info.drawn.holdout))
