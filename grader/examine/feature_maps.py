"""Shows what the layers of a trained network make of one image: the channels of each convolution and pooling layer that vary most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from grader.contracts.pictures import MAX_DRAWN_LAYERS, MAX_VERSIONS, AugmentedImage, FeatureMaps, LayerMaps

from .canonical import CanonicalModel
from .network import all_layers
from .pictures import photo, tiles
from .rebuild import layer_at

CHANNELS = 8  # drawn of each layer
SMALLEST = 2  # pixels of a side below which there is nothing to see
Floats = npt.NDArray[np.float32]


def feature_maps(model: Any, canonical: CanonicalModel, pixels: npt.NDArray[np.generic], scale: float, offset: float) -> FeatureMaps | None:
    """Return what `model`, built from `canonical`, makes of an image (h, w, c), 0..255, that it gets as pixel * scale + offset.

    None where no layer gives anything to look at. The model's layers are left recording: it is of no further use.
    """
    layers = [(number, layer) for number, layer in _layers(model, canonical) if _drawable(layer)]
    seen: dict[int, Floats] = {}
    for number, layer in layers:
        layer.call = _recording(layer.call, seen, number)
    values = np.asarray(pixels, np.float32) * np.float32(scale) + np.float32(offset)
    model(values[np.newaxis], training=False)
    drawn = [_drawn(number, layer, seen[number]) for number, layer in _spread([pair for pair in layers if _shows(seen.get(pair[0]))])]
    return FeatureMaps(image=photo(pixels), layers=tuple(drawn)) if drawn else None


def augmented_inside(model: Any, pixels: npt.NDArray[np.generic], scale: float, offset: float) -> AugmentedImage | None:
    """Return what the model's random layers make of an image, as above, in training; None where it has none that give images.

    What the last of them gives outside of training, which is the image under some scaling, tells how its values become pixels.
    """
    layers = [layer for layer in all_layers(model) if type(layer).__name__.startswith("Random")]
    if not layers:
        return None
    last, seen = layers[-1], dict[int, Floats]()
    call = last.call
    values = np.asarray(pixels, np.float32) * np.float32(scale) + np.float32(offset)
    for number, training in enumerate((False, *(True,) * MAX_VERSIONS)):
        last.call = _recording(call, seen, number)
        model(values[np.newaxis], training=training)
    last.call = call
    plain = seen.get(0)
    if plain is None or plain.shape != np.shape(pixels) or not _shows(plain) or not plain.std():
        return None
    slope, level = np.polyfit(plain.ravel(), np.asarray(pixels, np.float64).ravel(), 1)
    versions = tuple(photo(seen[number] * slope + level) for number in range(1, MAX_VERSIONS + 1))
    return AugmentedImage(original=photo(pixels), versions=versions)


def _layers(model: Any, canonical: CanonicalModel) -> Iterator[tuple[int, Any]]:
    """Yield the layers with their place among the network's layer facts: operations count, but are no layers."""
    for place, path in enumerate(_paths(canonical, ())):
        layer = layer_at(model, path)
        if layer is not None:
            yield place, layer


def _paths(canonical: CanonicalModel, prefix: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield where each layer stands, within nested models, in the order in which they are first applied."""
    for number in dict.fromkeys(call.layer for call in canonical.calls):
        nested = canonical.layers[number].model
        if nested is not None:
            yield from _paths(nested, (*prefix, number))
        else:
            yield (*prefix, number)


def _drawable(layer: Any) -> bool:
    kind = type(layer).__name__
    return ("Conv2D" in kind or "Pooling2D" in kind) and "Global" not in kind


def _recording(call: Callable[..., Any], seen: dict[int, Floats], number: int) -> Callable[..., Any]:
    """Return a layer's `call` that also keeps what it gives back first: a shared layer is applied more than once."""

    def recorded(*arguments: Any, **options: Any) -> Any:
        result = call(*arguments, **options)
        if number not in seen:
            seen[number] = np.asarray(result)[0]
        return result

    return recorded


def _shows(maps: Floats | None) -> bool:
    return maps is not None and maps.ndim == 3 and min(maps.shape[:2]) >= SMALLEST and bool(np.isfinite(maps).all())


def _spread(layers: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Return as many as are drawn, evenly spread: the first and the last are among them."""
    if len(layers) <= MAX_DRAWN_LAYERS:
        return layers
    return [layers[place] for place in np.linspace(0, len(layers) - 1, MAX_DRAWN_LAYERS).round().astype(int)]


def _drawn(number: int, layer: Any, maps: Floats) -> LayerMaps:
    variation = maps.reshape(-1, maps.shape[2]).std(0)
    channels = np.sort(np.argsort(-variation, kind="stable")[:CHANNELS]).tolist()
    picture = tiles(np.moveaxis(maps[..., channels], 2, 0))
    height, width, depth = maps.shape
    return LayerMaps(layer=number, kind=type(layer).__name__, shape=(height, width, depth), channels=tuple(channels), picture=picture)
