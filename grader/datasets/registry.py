"""What is known about each dataset: its classes, the publisher's files with their checksums, and whether it can be drawn here."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from grader.contracts.errors import UsageError


@dataclass(frozen=True)
class OfficialFile:
    """A file as its publisher offers it. A checksum is None where the publisher has stated none."""

    url: str
    bytes: int | None
    sha256: str | None = None
    md5: str | None = None
    other_packing: bool = False  # the same images as another file's, or more: may be imported, is not fetched

    @property
    def name(self) -> str:
        """The file's own name."""
        return self.url.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class DrawnSizes:
    """How a dataset is drawn: the module in `grader.datasets.drawn`, and how many images of all classes together."""

    module: str
    training: int
    validation: int
    holdout: int
    told_split: bool = False  # the module's `draw` takes the split as well: not all splits look alike


@dataclass(frozen=True)
class DatasetInfo:
    """One dataset. `classes` maps a class to the other folder names it goes by, in the order of the labels."""

    name: str
    title: str
    kind: Literal["folders", "csv", "idx"]
    classes: dict[str, tuple[str, ...]]
    official: tuple[OfficialFile, ...] = ()
    drawn: DrawnSizes | None = None
    drawn_folder: str = "{split}/{class_name}"  # of a drawn image; {other} is the class's first other name, with a capital
    empty_files: tuple[int, ...] = ()  # numbers, in each drawn class, of the files without content

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes in the order of their labels: alphabetical for folders of images, as Keras numbers them."""
        return tuple(self.classes)

    @property
    def labels(self) -> tuple[int, ...]:
        """The number that stands for each class in the data: its place in the alphabet in the tables of letters, else 0 to n - 1."""
        return tuple(ord(letter) - ord("A") for letter in self.classes) if self.kind == "csv" else tuple(range(len(self.classes)))


_TFDS = "https://storage.googleapis.com/download.tensorflow.org/data"
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com"

_DATASETS = (
    DatasetInfo(
        name="cats-vs-dogs",
        title="Cats vs dogs",
        kind="folders",
        classes={"cats": ("cat",), "dogs": ("dog",)},
        official=(
            OfficialFile(
                "https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_5340.zip",
                824887076,
                "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
                other_packing=True,  # 25,000 images, of which no exercise shows more than a few hundred
            ),
            OfficialFile("https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip", 68606236),
        ),
        drawn=DrawnSizes("cats_and_dogs", training=300, validation=100, holdout=200),
        drawn_folder="PetImages/{other}",  # the official layout
        empty_files=(6, 11),  # the official archive has one such file in each class
    ),
    DatasetInfo(
        name="facing-animals",
        title="Cats and dogs that face one way",
        kind="folders",
        classes={"cats": ("cat",), "dogs": ("dog",)},
        drawn=DrawnSizes("facing_animals", training=240, validation=160, holdout=200, told_split=True),
    ),
    DatasetInfo(
        name="horses-or-humans",
        title="Horses or humans",
        kind="folders",
        classes={"horses": ("horse",), "humans": ("human",)},
        official=(
            OfficialFile(f"{_TFDS}/horse-or-human.zip", 149574867, "e2e6f70d3d549c5dd10a57165e55af253ee66ad750403f95c0fb76bb943633a9"),
            OfficialFile(
                f"{_TFDS}/validation-horse-or-human.zip", 11480187, "ae5fff2f4f5554791f05358108e2e05d9801b191f1896ea101402f0e7f6c32c0"
            ),
        ),
        drawn=DrawnSizes("horses_and_humans", training=40, validation=40, holdout=200),
    ),
    DatasetInfo(
        name="rock-paper-scissors",
        title="Rock, paper, scissors",
        kind="folders",
        classes={"paper": (), "rock": (), "scissors": ("scissor",)},
        official=(
            OfficialFile(f"{_TFDS}/rps.zip", 200682221, "c2403444395842ad04c53612bad54b574443eae17a0723117a2ff87b9d72194f"),
            OfficialFile(f"{_TFDS}/rps-test-set.zip", 29516758, "c27ab9fa43ce40b2e453de711365b477f4424586edf0388116674fd320f07503"),
        ),
        drawn=DrawnSizes("hands", training=300, validation=99, holdout=201),
    ),
    DatasetInfo(
        name="sign-language",
        title="Sign language letters (MNIST format)",
        kind="csv",
        classes=dict.fromkeys("ABCDEFGHIKLMNOPQRSTUVWXY", ()),  # J and Z are movements: labels 0 to 24 without 9
        drawn=DrawnSizes("letters", training=4992, validation=1992, holdout=960),
    ),
    DatasetInfo(
        name="fashion",
        title="Fashion MNIST",
        kind="idx",
        classes=dict.fromkeys(
            ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"), ()
        ),
        official=(
            OfficialFile(
                f"{_FASHION}/train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
            ),
            OfficialFile(
                f"{_FASHION}/train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
            ),
            OfficialFile(
                f"{_FASHION}/t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
            ),
            OfficialFile(f"{_FASHION}/t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        ),
        drawn=DrawnSizes("garments", training=5000, validation=2000, holdout=1000),
    ),
)

DATASETS = {info.name: info for info in _DATASETS}


def lookup(name: str) -> DatasetInfo:
    """Return what is known of a dataset. Raises `UsageError` for an unknown name."""
    if name in DATASETS:
        return DATASETS[name]
    close = get_close_matches(name, DATASETS, 1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    raise UsageError(f"There is no dataset {name!r}.{guess}", hint=f"The datasets are: {', '.join(sorted(DATASETS))}.")
