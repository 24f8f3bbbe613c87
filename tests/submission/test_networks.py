"""Which network a submission builds on: the one called first, else the one named first, else the exercise's own."""

from __future__ import annotations

import pytest

from grader.submission import named_network

NETWORKS = {"small": "MobileNetV2", "large": "InceptionV3"}

CASES = {
    "attribute": ("def f(w):\n    return tf.keras.applications.InceptionV3(weights=None)\n", "large"),
    "name": ("from tensorflow.keras.applications.inception_v3 import InceptionV3\ndef f(w): return InceptionV3()\n", "large"),
    "alias": ("from tensorflow.keras.applications import InceptionV3 as Base\ndef f(w): return Base()\n", "large"),
    "both, one called": ("import InceptionV3, MobileNetV2\ndef f(w): return MobileNetV2()\n", "small"),
    "both called": ("def f(w):\n    return InceptionV3()\n    return MobileNetV2()\n", "large"),
    "neither": ("def f(w): return VGG16()\n", "small"),
    "in a text only": ("def f(w):\n    '''InceptionV3'''\n    return MobileNetV2()\n", "small"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_network_is_told_from_the_names_in_the_text(case: str) -> None:
    source, expected = CASES[case]
    assert named_network(source, NETWORKS) == expected
