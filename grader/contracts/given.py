"""What a function may be given beside scalars and folders: a small model and the history of a training, both as plain data.

Both sides of the trust line make the same model of it: the child to call the function with, the examiner to compare with what came back.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from .base import Frozen, Scalar

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Figures = dict[str, tuple[float, ...]]  # as `History.history` has it: name -> one figure per epoch
Value = Scalar | Figures


class DrawnHistory(Frozen):
    """Histories of trainings that differ in length and in what happens in them."""

    epochs: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(le=1000)]]  # fewest, most


class GivenLayer(Frozen):
    """One layer: a Keras class and its arguments."""

    kind: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*$")]
    name: Name
    settings: dict[str, Scalar | tuple[int, ...]] = Field(default_factory=dict)
    inputs: tuple[Name, ...] = ()  # names of earlier layers, or "image"; by default the layer before


class GivenModel(Frozen):
    """A small model of Keras' own layers."""

    parameter: Name = "model"  # of the function that gets it
    style: Literal["Sequential", "Functional"]
    frozen: bool = False
    input_shape: tuple[int, ...]
    layers: Annotated[tuple[GivenLayer, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _connected(self) -> GivenModel:
        known = {"image"}
        for layer in self.layers:
            if layer.name in known:
                raise ValueError(f"the layer name {layer.name!r} stands twice")
            if unknown := set(layer.inputs) - known:
                raise ValueError(f"the layer {layer.name!r} takes {sorted(unknown)[0]!r}, which is no earlier layer")
            if layer.inputs and self.style == "Sequential":
                raise ValueError(f"the layer {layer.name!r} of a Sequential model takes what the layer before it gives")
            known.add(layer.name)
        return self

    def config(self) -> dict[str, Any]:
        """Return the model as Keras itself writes it down, in `to_json`."""
        image = {"batch_shape": [None, *self.input_shape], "dtype": "float32", "name": "image"}
        entries = [_entry("InputLayer", image, None)]
        before = "image"
        frozen = {"trainable": False} if self.frozen else {}
        for layer in self.layers:
            tensors = [_tensor(name) for name in layer.inputs or (before,)]
            settings = {key: list(value) if isinstance(value, tuple) else value for key, value in layer.settings.items()}
            entries.append(_entry(layer.kind, {**settings, **frozen, "name": layer.name}, tensors))
            before = layer.name
        config: dict[str, Any] = {"name": "given", "trainable": not self.frozen}
        if self.style == "Sequential":
            return _model("Sequential", {**config, "layers": [{k: v for k, v in e.items() if k in _PLAIN} for e in entries]})
        return _model("Functional", {**config, "layers": entries, "input_layers": ["image", 0, 0], "output_layers": [before, 0, 0]})


_PLAIN = ("module", "class_name", "config", "registered_name")


def _model(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    module = "keras" if kind == "Sequential" else "keras.src.models.functional"
    return {"module": module, "class_name": kind, "config": config, "registered_name": None if kind == "Sequential" else kind}


def _entry(kind: str, config: dict[str, Any], tensors: list[dict[str, Any]] | None) -> dict[str, Any]:
    """Return one layer's entry; several inputs are passed as a list, as merging layers want it."""
    entry = {"module": "keras.layers", "class_name": kind, "config": config, "registered_name": None, "name": config["name"]}
    if tensors is None:
        return {**entry, "inbound_nodes": []}
    return {**entry, "inbound_nodes": [{"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}]}


def _tensor(layer: str) -> dict[str, Any]:
    """Return a reference to a layer's output. Its shape is not looked at: the layer's own is taken."""
    return {"class_name": "__keras_tensor__", "config": {"shape": [None], "dtype": "float32", "keras_history": [layer, 0, 0]}}
