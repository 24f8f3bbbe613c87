"""Finds a known network within a model: which layers are its, which of them hold a file's weights, where it is cut, what is built on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from grader.contracts.artifacts import ModelPayload, TensorPayload, WeightedLayer
from grader.contracts.errors import GraderError
from grader.contracts.given import GivenModel
from grader.contracts.network_facts import BaseFacts, LayerFacts, ModelFacts, Shape
from grader.contracts.protocol import ModelCall, Protocol, TensorCall
from grader.datasets.pretrained import PretrainedBase

from .canonical import CanonicalModel
from .computation import Applied, Computation, compute
from .computation import Path as LayerPath
from .readers.calls import CallReading
from .readers.files import Unreadable, open_array
from .readers.given import given_reading
from .rebuild import unallocated
from .settings import printable
from .structure import ModelReading, model_facts
from .tasks import PretrainedStart

Arrays = list[npt.NDArray[np.float32]]
IMAGE = "image"
DEFAULT_SHAPE = (150, 150, 3)
MAX_WEIGHTS_BYTES = 512 << 20
MOST_STEPS_BEFORE = 10  # calls that may come before the network, such as a Rescaling


@dataclass(frozen=True)
class KnownNetwork:
    """A network to look for. `layers`: key of what a layer computes -> its names there (parallel branches may begin alike)."""

    name: str
    title: str
    layers: Mapping[str, tuple[str, ...]]
    shapes: Mapping[str, Shape | None]  # of a layer's output, by name
    weighted: int  # how many layers have weights
    cut: str
    stand_in: bool = False
    weights: Mapping[str, Arrays] | None = None  # in the file, by layer
    input_shape: Shape | None = None  # of the exercise's images


@dataclass(frozen=True)
class Bases:
    """The readings of calls whose models a known network was looked for in, and what of it the grader's training starts from."""

    readings: Mapping[str, CallReading]
    starts: Mapping[str, PretrainedStart]


@dataclass(frozen=True)
class Found:
    """A model's facts with its base, and the layers that hold the file's values."""

    facts: ModelFacts
    equal: tuple[tuple[LayerPath, str], ...] = ()  # place in the model, name in the file


def look_for_bases(
    protocol: Protocol, readings: Mapping[str, CallReading], base: PretrainedBase | None, folders: Mapping[str, Path]
) -> Bases:
    """Look for the handed-out base, or for the model that its function was given, in what each call returned (`folders`: what it left)."""
    changed: dict[str, CallReading] = {}
    starts: dict[str, PretrainedStart] = {}
    published = known_base(base, protocol.image_size or DEFAULT_SHAPE) if base is not None else None
    for call in protocol.calls:
        if not isinstance(call, ModelCall | TensorCall):
            continue
        reading = readings[call.id]
        failed = [name for name in call.takes.values() if readings[name].reading is None]
        if failed and reading.reading is not None:
            instead = tuple(readings[name].evidence.function for name in failed)
            reading = replace(reading, evidence=reading.evidence.model_copy(update={"instead": instead}))
        known = known_given(call.given) if isinstance(call, ModelCall) and call.given is not None else published
        if known is None or reading.reading is None:
            continue
        payload = reading.payload.model if isinstance(reading.payload, TensorPayload) else reading.payload
        assert isinstance(payload, ModelPayload)
        found = find_base(reading.reading, known, payload, folders[call.id])
        changed[call.id] = reading.with_facts(found.facts)
        if base is not None and known.weights is not None:
            values = [known.weights[name] for _, name in found.equal]
            starts[call.id] = PretrainedStart(
                network=base.name, file=base.digest, layers=found.equal, stand_in=base.stand_in, values=values
            )
    return Bases(changed, starts)


_published: dict[tuple[str, tuple[int, int, int]], KnownNetwork] = {}  # the one last asked for, by its digest and the size of its images


def known_base(base: PretrainedBase, input_shape: tuple[int, int, int]) -> KnownNetwork:
    """Return a published network with the weights in its file."""
    key = (base.digest, input_shape)
    if key not in _published:
        _published.clear()
        _published[key] = _read_base(base, input_shape)
    return _published[key]


def _read_base(base: PretrainedBase, input_shape: tuple[int, int, int]) -> KnownNetwork:
    import keras

    known = base.architecture
    with unallocated():
        model = getattr(keras.applications, known.function)(**known.arguments, input_shape=input_shape, include_top=False, weights=None)
        config = json.loads(model.to_json())
        names = [layer.name for layer in model.layers if layer.weights]
    reading = model_facts(ModelPayload(model_class="Functional", config=config))
    if not isinstance(reading, ModelReading):
        raise GraderError(f"The network {known.title} cannot be read: {reading.sentence}")
    weights = {name: list(values.values()) for name, values in zip(names, base.weights().values(), strict=True)}
    return replace(_known(base.name, known.title, reading, known.cut, base.stand_in, weights), input_shape=input_shape)


def known_given(given: GivenModel) -> KnownNetwork:
    """Return the network that a function is given."""
    return _known("", "", given_reading(given), given.layers[-1].name, False, None)


def _known(name: str, title: str, reading: ModelReading, cut: str, stand_in: bool, weights: Mapping[str, Arrays] | None) -> KnownNetwork:
    layers: dict[str, tuple[str, ...]] = {}
    for applied in compute(reading.model, [IMAGE]).applied:
        layers[applied.output] = (*layers.get(applied.output, ()), applied.layer.label)
    shapes = {layer.name: layer.output_shape for layer in reading.facts.layers}
    weighted = sum(layer.parameters > 0 for layer in reading.facts.layers)
    return KnownNetwork(name, title, layers, shapes, weighted, cut, stand_in, weights)


def find_base(reading: ModelReading, known: KnownNetwork, payload: ModelPayload, folder: Path) -> Found:
    """Return the model's facts with the known network in it. `folder` holds the weights that the payload names."""
    search = _Search(reading, known)
    values = dict(_recorded(payload, folder, reading.model)) if known.weights is not None and payload.weights is not None else None
    return search.found(values)


@dataclass
class _Search:
    """One model, split into the known network, what is built on it, and the rest."""

    reading: ModelReading
    known: KnownNetwork
    rows: list[tuple[Applied, LayerFacts]] = field(init=False)
    computation: Computation = field(init=False)
    head: set[LayerPath] = field(init=False)
    cuts: list[str] = field(init=False)  # keys, each once

    def __post_init__(self) -> None:
        self.computation = self._computation()
        firsts: dict[LayerPath, Applied] = {}
        for applied in self.computation.applied:
            firsts.setdefault(applied.path, applied)
        order, layers = list(firsts.values()), self.reading.facts.layers
        self.rows = list(zip(order, layers, strict=True)) if len(order) == len(layers) else []
        self.head, self.cuts = self._split()

    def _computation(self) -> Computation:
        """Follow the model from where the known network begins: its input, or what the layers before that network give."""
        model = self.reading.model
        best = compute(model, [IMAGE] * len(model.inputs))
        if self._matches(best):
            return best
        others = [compute(model, ["outside"] * len(model.inputs), (n, IMAGE)) for n in range(min(len(model.calls), MOST_STEPS_BEFORE))]
        return max((best, *others), key=self._matches)

    def _matches(self, computation: Computation) -> int:
        return sum(self._is_known(applied) for applied in computation.applied)

    def _is_known(self, applied: Applied) -> bool:
        return applied.output in self.known.layers

    def _split(self) -> tuple[set[LayerPath], list[str]]:
        head: set[LayerPath] = set()
        built: set[str] = set()
        used: dict[str, None] = {}
        for applied in self.computation.applied:
            if self._is_known(applied):
                continue
            taken = [key for key in applied.inputs if key in self.known.layers]
            if taken or any(key in built for key in applied.inputs):
                head.add(applied.path)
                built.add(applied.output)
                used |= dict.fromkeys(taken)
        used |= dict.fromkeys(key for key in self.computation.ends if key in self.known.layers)
        return head, list(used)

    def found(self, values: Mapping[LayerPath, Arrays] | None) -> Found:
        mine = [(applied, layer) for applied, layer in self.rows if self._is_known(applied) and layer.parameters]
        weighted = [applied for applied, layer in self.rows if layer.parameters]
        foreign = sum(not self._is_known(applied) and applied.path not in self.head for applied in weighted)
        starting, equal_parameters = [], 0
        for applied, layer in mine:
            name = self._equal(applied, values) if values is not None else None
            if name is not None:
                starting.append((applied.path, name))
                equal_parameters += layer.parameters
        moving = [(layer, _trainable(layer)) for _, layer in mine if layer.trainable]
        names = {self.known.layers[key][0] for key in self.cuts}
        cut = names.pop() if len(names) == 1 else None
        kinds = [layer.kind for layer, _ in moving]
        facts = BaseFacts(
            network=self.known.name,
            title=self.known.title,
            stand_in=self.known.stand_in,
            known=len(mine),
            of=self.known.weighted,
            foreign=foreign,
            equal=len(starting) if values is not None else None,
            equal_parameters=equal_parameters if values is not None else None,
            parameters=sum(layer.parameters for _, layer in mine),
            trainable_parameters=sum(count for _, count in moving),
            unfrozen={kind: kinds.count(kind) for kind in dict.fromkeys(kinds)},
            cut=cut,
            wanted_cut=self.known.cut,
            wanted_input=self.known.input_shape,
            wanted_shape=self.known.shapes.get(self.known.cut),
            reaches_cut=any(self.known.cut in self.known.layers.get(applied.output, ()) for applied in self.computation.applied),
            cut_shape=self.known.shapes.get(cut) if cut is not None else None,
        )
        layers = tuple(layer.model_copy(update={"part": self._part(applied)}) for applied, layer in self.rows)
        changed = {"base": facts} | ({"layers": layers} if layers else {})
        return Found(self.reading.facts.model_copy(update=changed), tuple(starting))

    def _part(self, applied: Applied) -> str | None:
        return "base" if self._is_known(applied) else "head" if applied.path in self.head else None

    def _equal(self, applied: Applied, values: Mapping[LayerPath, Arrays]) -> str | None:
        """Return the file's layer whose values a layer holds, if any does."""
        assert self.known.weights is not None
        own = values.get(applied.path)
        for name in self.known.layers[applied.output] if own is not None else ():
            if _same(own or [], self.known.weights[name]):
                return name
        return None


def _same(own: Arrays, file: Arrays) -> bool:
    return len(own) == len(file) and all(a.shape == b.shape and np.array_equal(a, b) for a, b in zip(own, file, strict=True))


def _trainable(layer: LayerFacts) -> int:
    """Return how many of a layer's parameters training would move; of a BatchNormalization not its moving averages."""
    if layer.kind != "BatchNormalization":
        return layer.parameters
    learned = sum(bool(layer.settings.get(name, True)) for name in ("center", "scale"))
    return layer.parameters * learned // (learned + 2)


def _recorded(payload: ModelPayload, folder: Path, model: CanonicalModel) -> Iterator[tuple[LayerPath, Arrays]]:
    """Yield the recorded values of each layer by its place in the model; nothing where the file is not what the payload says."""
    if payload.weights is None:
        return
    try:
        stored = open_array(folder, payload.weights, MAX_WEIGHTS_BYTES)
    except Unreadable:
        return
    if stored.ndim != 1 or stored.dtype != np.float32:
        return
    places = dict(_places(model, (), ()))
    start = 0
    for layer in payload.layers:
        arrays: Arrays = []
        for shape in layer.shapes:
            size = _size(shape)
            if size is None or start + size > len(stored):
                return
            arrays.append(stored[start : start + size].reshape(shape))
            start += size
        path = places.get(_names(layer))
        if path is not None:
            yield path, arrays


def _names(layer: WeightedLayer) -> tuple[str, ...]:
    return tuple(printable(name) for name in layer.path)


def _size(shape: Sequence[int]) -> int | None:
    """Return how many values a shape holds; None where it is none."""
    size = 1
    for side in shape:
        if not 0 < side <= MAX_WEIGHTS_BYTES:
            return None
        size *= side
    return size if size <= MAX_WEIGHTS_BYTES else None


def _places(model: CanonicalModel, labels: tuple[str, ...], around: LayerPath) -> Iterator[tuple[tuple[str, ...], LayerPath]]:
    for number, layer in enumerate(model.layers):
        here = (*labels, layer.label)
        if layer.model is not None:
            yield from _places(layer.model, here, (*around, number))
        else:
            yield here, (*around, number)
