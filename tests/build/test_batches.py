"""Pipelines of every kind, recorded: which images and labels, exactly stored, how many epochs, and what is said of odd ones."""

from __future__ import annotations

import numpy as np
import pytest

SOURCE = """
import os
import keras
import numpy as np
import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator

def files(folder):
    return [(os.path.join(folder, label, name), number)
            for number, label in enumerate(sorted(os.listdir(folder))) for name in sorted(os.listdir(os.path.join(folder, label)))]

def arrays(folder):
    pairs = files(folder)
    images = np.stack([np.asarray(keras.utils.load_img(path)) for path, _ in pairs])
    return images.astype('float32') / 255, np.array([number for _, number in pairs])

def flow(training, validation):
    plain = ImageDataGenerator(rescale=1/255)
    settings = dict(target_size=(12, 12), batch_size=6, class_mode='binary')
    return plain.flow_from_directory(training, **settings), plain.flow_from_directory(validation, **settings)

def augmented(training, validation):
    settings = dict(target_size=(12, 12), batch_size=5, class_mode='categorical')
    turned = ImageDataGenerator(rescale=1/255, rotation_range=40, zoom_range=.2)
    return turned.flow_from_directory(training, **settings), ImageDataGenerator(rescale=1/255).flow_from_directory(validation, **settings)

def unscaled(training, validation):
    load = keras.utils.image_dataset_from_directory
    return tuple(load(folder, image_size=(12, 12), batch_size=8, label_mode='int') for folder in (training, validation))

def mapped(training, validation):
    return tuple(data.map(lambda x, y: (x / 127.5 - 1, y)).cache().prefetch(tf.data.AUTOTUNE) for data in unscaled(training, validation))

def repeated(training, validation):
    return tuple(data.repeat().shuffle(4) for data in unscaled(training, validation))

class Pictures(keras.utils.PyDataset):
    def __init__(self, folder):
        super().__init__()
        self.images, self.labels = arrays(folder)
    def __len__(self):
        return -(-len(self.images) // 8)
    def __getitem__(self, index):
        part = slice(8 * index, 8 * index + 8)
        return self.images[part], self.labels[part]

def sequence(training, validation):
    return Pictures(training), Pictures(validation)

def endless(folder):
    images, labels = arrays(folder)
    while True:
        order = np.random.permutation(len(images))[:4]
        yield images[order], labels[order], np.ones(4)

def generator(training, validation):
    return endless(training), endless(validation)

def once(folder):
    images, labels = arrays(folder)
    for first in range(0, len(images), 4):
        yield images[first:first + 4], labels[first:first + 4]

def exhausted(training, validation):
    return once(training), once(validation)

def pairs(training, validation):
    return arrays(training), arrays(validation)

def listed(training, validation):
    return list(once(training)), list(once(validation))

def unbatched(training, validation):
    return tuple(tf.data.Dataset.from_tensor_slices(arrays(folder)) for folder in (training, validation))

def unlabelled(training, validation):
    return tuple(tf.data.Dataset.from_tensor_slices(arrays(folder)[0]).batch(4) for folder in (training, validation))

def channelless(training, validation):
    return tuple((arrays(folder)[0][..., 0], arrays(folder)[1]) for folder in (training, validation))

def half_nan(training, validation):
    images, labels = arrays(training)
    images[3] = np.nan
    return (images, labels), arrays(validation)

def ragged(training, validation):
    sizes = tf.ragged.constant([[1., 2.], [3.]])
    return tf.data.Dataset.from_tensors((sizes, [0, 1])), arrays(validation)

def growing(training, validation):
    images, labels = arrays(training)
    return [(images[:4], labels[:4]), (images[4:8, :6], labels[4:8]), (images, labels)], arrays(validation)

def breaks(training, validation):
    def stream():
        images, labels = arrays(training)
        yield images[:4], labels[:4]
        raise OSError('a broken image')
    return stream(), arrays(validation)

def from_whole_to_float(training, validation):
    images, labels = arrays(training)
    return [(images[:10], labels[:10]), (images[10:] / 3, labels[10:])], arrays(validation)

def uneven(training, validation):
    images, labels = arrays(training)
    return [(images, labels[:3])], arrays(validation)

def words(training, validation):
    images, labels = arrays(training)
    return [(images, np.array(['cat'] * len(images)))], arrays(validation)

def nothing(training, validation):
    return None, arrays(validation)

def bare_generator(training, validation):
    return ImageDataGenerator(), arrays(validation)

def single(training, validation):
    return arrays(training)[0]

def triple(training, validation):
    return 1, 2, 3
"""

PLAIN = [
    "flow", "unscaled", "mapped", "repeated", "sequence", "generator", "exhausted", "pairs", "listed", "unbatched", "unlabelled",
    "channelless", "half_nan", "from_whole_to_float", "augmented",
]  # fmt: skip
ODD = ["ragged", "growing", "breaks", "uneven", "words", "nothing", "bare_generator"]
NO_PAIR = ["single", "triple"]
ARGUMENTS = {"TRAINING_DIR": "training", "VALIDATION_DIR": "validation"}


def call(name):
    return {"id": name.replace("_", "-"), "kind": "batches", "function": name, "arguments": ARGUMENTS}


def protocol(steps=10, size=10):
    """Return trainings on all of the calls that `build` may be asked for."""
    names = {name.replace("_", "-") for name in (*PLAIN, *ODD, *NO_PAIR)}
    common = {"model": "none", "batch_size": size, "max_steps": steps, "stop_at": 1}
    return {"trainings": [{"id": name, "batches": name, **common} for name in sorted(names)]}


def build(bench, names, limits=None, **settings):
    return bench.build(SOURCE, [call(name) for name in names], {"seconds": 60, **(limits or {})}, True, training_images=20, **settings)


@pytest.fixture(scope="module")
def built(bench):
    return build(bench, [*PLAIN, *ODD, *NO_PAIR], protocol=protocol())


def recorded(built, name, which="training"):
    payload = getattr(built.artifacts[name.replace("_", "-")].payload, which)
    images = np.load(built.folder / payload.images) if payload.images else None
    labels = np.load(built.folder / payload.labels) if payload.labels else None
    return payload, images, labels


EXPECTED = {
    # name: (dtype, scale, offset, sizes of the first epoch, images recorded, labels' dtype and shape)
    "flow": ("uint8", 1 / 255, 0, (6, 6, 6, 2), 40, "float32", (40,)),
    "unscaled": ("uint8", 1, 0, (8, 8, 4), 40, "int64", (40,)),
    "mapped": ("uint8", 1 / 127.5, -1, (8, 8, 4), 40, "int64", (40,)),
    "repeated": ("uint8", 1, 0, None, None, "int64", None),
    "sequence": ("uint8", 1 / 255, 0, (8, 8, 4), 40, "int64", (40,)),
    "generator": ("uint8", 1 / 255, 0, (4, 4, 4, 4, 4), None, "int64", None),
    "exhausted": ("uint8", 1 / 255, 0, (4, 4, 4, 4, 4), 20, "int64", (20,)),
    "pairs": ("uint8", 1 / 255, 0, (20,), 40, "int64", (40,)),
    "listed": ("uint8", 1 / 255, 0, (4, 4, 4, 4, 4), 40, "int64", (40,)),
    "unbatched": ("uint8", 1 / 255, 0, (1,) * 20, 40, "int64", (40,)),
    "unlabelled": ("uint8", 1 / 255, 0, (4, 4, 4, 4, 4), 40, None, None),
    "channelless": ("uint8", 1 / 255, 0, (20,), 40, "int64", (40,)),
    "half_nan": ("float32", 1, 0, (20,), 40, "int64", (40,)),
    "from_whole_to_float": ("float32", 1, 0, (10, 10), 40, "int64", (40,)),
    "augmented": ("float32", 1, 0, (5, 5, 5, 5), 100, "float32", (100, 2)),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_recorded(name, built):
    dtype, scale, offset, sizes, count, label_dtype, label_shape = EXPECTED[name]
    payload, images, labels = recorded(built, name)
    assert payload.error is None
    assert (str(images.dtype), payload.scale, payload.offset) == (dtype, scale, offset)
    assert images.shape[1:] == ((12, 12) if name == "channelless" else (12, 12, 3))
    assert sum(payload.batches) == len(images)
    assert sum(payload.epochs) == len(payload.batches)
    if sizes:
        assert payload.batches[: payload.epochs[0]] == sizes
    assert len(images) == count if count else 20 <= len(images) <= 110
    assert (str(labels.dtype) if labels is not None else None) == label_dtype
    if label_shape:
        assert labels.shape == label_shape


@pytest.mark.parametrize("name", [name for name in EXPECTED if name not in {"half_nan", "from_whole_to_float", "augmented", "channelless"}])
def test_values_and_labels_are_the_pictures(name, built):
    """A picture's red is its number × 10, plus 100 for a dog, plus 5 in validation."""
    for which, extra, count in (("training", 0, 10), ("validation", 5, 4)):
        payload, images, labels = recorded(built, name, which)
        pixels = images * payload.scale + payload.offset
        red = np.rint({"unscaled": 1, "repeated": 1, "mapped": 127.5}.get(name, 255) * (pixels[:, 0, 0, 0] + (name == "mapped")))
        cats, dogs = {extra + 10 * n for n in range(count)}, {100 + extra + 10 * n for n in range(count)}
        assert set(red) <= cats | dogs
        if name not in {"repeated", "generator"}:
            assert set(red) == cats | dogs
        if labels is not None:
            assert [label == 1 for label in labels] == [value >= 100 + extra for value in red]


def test_validation_is_recorded_for_one_epoch(built):
    for name in PLAIN:
        payload, images, _ = recorded(built, name, "validation")
        assert len(payload.epochs) == 1, name
        assert len(images) == 8, name


def test_a_change_of_encoding_keeps_what_was_recorded(built):
    _, images, _ = recorded(built, "from_whole_to_float")
    assert np.abs(images[:10, 0, 0, 0] - np.arange(0, 100, 10) / 255).max() < 1e-6
    assert np.abs(images[10:20, 0, 0, 0] - np.arange(100, 200, 10) / 765).max() < 1e-6


def test_attributes(built):
    payload, _, _ = recorded(built, "flow")
    assert (payload.pipeline_class, payload.length, payload.class_indices) == ("DirectoryIterator", 4, {"cats": 0, "dogs": 1})
    assert recorded(built, "unscaled")[0].class_indices == {"cats": 0, "dogs": 1}
    assert recorded(built, "repeated")[0].length is None
    assert recorded(built, "unbatched")[0].note == "it yields single images, not batches"
    assert recorded(built, "channelless")[0].note == "its images have no channel axis"
    assert np.isnan(recorded(built, "half_nan")[1][3]).all()


PROBLEMS = {
    # name: (images recorded, error's type, its words)
    "ragged": (0, "ValueError", "it is a RaggedTensor"),
    "growing": (4, "ValueError", "images change from (12, 12, 3) to (6, 12, 3)"),
    "breaks": (4, "OSError", "a broken image"),
    "uneven": (0, "ValueError", "20 images but 3 labels"),
    "words": (0, "ValueError", "it holds <U3"),
    "nothing": (0, "NotAPipelineError", "NoneType yields no batches"),
    "bare_generator": (0, "NotAPipelineError", "ImageDataGenerator yields no batches"),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_are_explained(name, built):
    count, kind, words = PROBLEMS[name]
    payload, images, _ = recorded(built, name)
    assert (0 if images is None else len(images)) == count
    assert payload.error.type == kind
    assert words in payload.error.message
    assert len(recorded(built, name, "validation")[1]) == 8


def test_what_is_no_pair(built):
    assert (built.artifacts["single"].returned, built.artifacts["single"].payload) == ("ndarray", None)
    assert (built.artifacts["triple"].returned, built.artifacts["triple"].payload) == ("tuple of 3", None)


def test_size_is_capped(bench):
    """Twelve by twelve pixels of float32 in three channels: 606 images are a megabyte."""
    built = build(bench, ["augmented"], {"recorded_mb": 1}, protocol=protocol(steps=400))
    payload, images, labels = recorded(built, "augmented")
    assert payload.note == "recording ended at the size limit"
    assert 500 <= len(images) <= 606
    assert len(labels) == len(images)


def test_an_endless_dataset_ends_in_time(bench):
    source = SOURCE + (
        "\ndef slow(training, validation):\n    import time\n    def stream():\n        while True:\n            time.sleep(.2)\n"
        "            images, labels = arrays(training)\n            yield images + np.random.rand(), labels\n"
        "    return stream(), arrays(validation)\n"
    )
    made = bench.build(source, [call("slow")], {"seconds": 6}, True, training_images=20, protocol=protocol(steps=10**5))
    assert made.fate("slow") == "finished"
    payload, images, _ = recorded(made, "slow")
    assert payload.note == "recording ended at the time limit"
    assert len(images) >= 20
    assert len(recorded(made, "slow", "validation")[1]) == 8
