"""A frame as a person is to see it, in the order of PS3.3 C.11: stored values, modality, window, presentation."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from hearthline.imaging.dicom.pixels.frames import Array, Attributes, Shape, first
from hearthline.imaging.dicom.pixels.palettes import LEVELS, MAX_LUT_ENTRIES, colours, lookup_values

OVERLAY_GROUPS = range(0x6000, 0x6020, 2)


@dataclass(frozen=True)
class Window:
    """Centre and width in the units after the modality transformation; ``function`` as (0028,1056) names it."""

    centre: float
    width: float
    function: str = "LINEAR"


def group_item(attributes: Attributes, frame: int, tag: str) -> Attributes:
    """Return an item of the functional groups of an enhanced object: this frame's, or the shared one."""
    frames = attributes.get("52009230", {}).get("Value") or []
    own = frames[frame - 1] if frame <= len(frames) else {}
    shared = first(attributes, "52009229", {})
    found: Attributes = first(own, tag) or first(shared, tag) or {}
    return found


def stored_values(array: Array, shape: Shape) -> Array:
    """Return the values without the bits above the highest one (old overlays lie there), with their sign."""
    if shape.bits_stored >= shape.bits_allocated or shape.bits_allocated == 1:
        return array
    shift = shape.high_bit + 1 - shape.bits_stored
    bits = (array.astype(np.int64) >> max(0, shift)) & ((1 << shape.bits_stored) - 1)
    if shape.is_signed:
        sign = 1 << (shape.bits_stored - 1)
        bits = (bits ^ sign) - sign
    return bits.astype(array.dtype)


def rescale_of(attributes: Attributes, frame: int) -> tuple[float, float]:
    """Return slope and intercept of the modality transformation."""
    source = group_item(attributes, frame, "00289145") or attributes
    slope = float(first(source, "00281053", 1.0)) or 1.0
    return slope, float(first(source, "00281052", 0.0))


def window_of(attributes: Attributes, frame: int) -> Window | None:
    """Return the first window that the header offers; of several values the first is the default (C.11.2.1.2)."""
    source = group_item(attributes, frame, "00289132") or attributes
    centre, width = first(source, "00281050"), first(source, "00281051")
    if centre is None or width is None or float(width) < 1:
        return None
    return Window(float(centre), float(width), str(first(source, "00281056", "LINEAR")))


def padding_of(attributes: Attributes) -> tuple[int, int] | None:
    """Return the range of stored values that are no picture (0028,0120 and 0028,0121)."""
    low = first(attributes, "00280120")
    if not isinstance(low, int):
        return None
    high = first(attributes, "00280121", low)
    return (min(low, high), max(low, high)) if isinstance(high, int) else (low, low)


def draw(
    array: Array,
    shape: Shape,
    attributes: Attributes,
    bulk: dict[str, bytes],
    *,
    frame: int,
    window: Window | None,
    is_rgb: bool,
) -> Array:
    """Return the frame as 8 bits: ``rows x columns`` grey or ``rows x columns x 3`` colour.

    ``bulk``: long values of the header by their path. ``window``: asked for; None: the header's own.
    """
    if shape.samples == 3:
        return _colour(array, shape, is_rgb=is_rgb)
    if shape.photometric == "PALETTE COLOR":
        return colours(array, attributes, bulk)
    values = stored_values(array, shape)
    grey = _grey(values, attributes, bulk, frame=frame, window=window)
    return _with_overlays(grey, attributes, bulk, frame)


def _grey(
    values: Array, attributes: Attributes, bulk: dict[str, bytes], *, frame: int, window: Window | None
) -> Array:
    low, high = int(values.min()), int(values.max())
    steps = min(high - low, MAX_LUT_ENTRIES - 1)  # 32-bit values (doses) share entries
    entries = np.linspace(low, high, steps + 1) if steps < high - low else np.arange(low, high + 1)
    padding = padding_of(attributes)
    table = _table(entries, attributes, bulk, frame=frame, window=window, used=_used(values, padding))
    if str(first(attributes, "00280004", "")) == "MONOCHROME1":  # after the window, not before
        table = (LEVELS - 1) - table
    if padding is not None:
        table[(entries >= padding[0]) & (entries <= padding[1])] = 0
    places = values.astype(np.int64) - low
    found: Array = table[places * steps // (high - low) if steps < high - low else places]
    return found


def _used(values: Array, padding: tuple[int, int] | None) -> tuple[int, int]:
    if padding is not None:
        kept = values[(values < padding[0]) | (values > padding[1])]
        values = kept if kept.size else values
    return int(values.min()), int(values.max())


def _table(
    entries: Array,
    attributes: Attributes,
    bulk: dict[str, bytes],
    *,
    frame: int,
    window: Window | None,
    used: tuple[int, int],
) -> Array:
    """Return the grey level of each stored value."""
    modality = first(attributes, "00283000")
    slope, intercept = rescale_of(attributes, frame)
    real = _looked_up(entries, modality, bulk, "00283000/0/") if modality else entries * slope + intercept
    chosen = window or window_of(attributes, frame)
    values_table = first(attributes, "00283010")
    if chosen is None and values_table:
        found = _looked_up(real.astype(np.int64), values_table, bulk, "00283010/0/")
        return _stretched(found, float(found.min()), float(found.max()))
    if chosen is None:
        ends = (
            [used[0] * slope + intercept, used[1] * slope + intercept]
            if not modality
            else [real.min(), real.max()]
        )
        return _stretched(real, float(min(ends)), float(max(ends)))
    return _windowed(real, chosen)


def _windowed(real: Array, window: Window) -> Array:
    if window.function == "SIGMOID":
        shade = 1 / (1 + np.exp(-4 * (real - window.centre) / window.width))
    elif window.function == "LINEAR_EXACT":
        shade = (real - window.centre) / window.width + 0.5
    else:
        shade = (real - (window.centre - 0.5)) / max(window.width - 1, 1e-6) + 0.5
    return (np.clip(shade, 0, 1) * (LEVELS - 1) + 0.5).astype(np.uint8)


def _stretched(real: Array, low: float, high: float) -> Array:
    shade = (real - low) / max(high - low, 1e-9)
    return (np.clip(shade, 0, 1) * (LEVELS - 1) + 0.5).astype(np.uint8)


def _looked_up(values: Array, item: Attributes, bulk: dict[str, bytes], path: str) -> Array:
    """Return the entries of a modality or VOI look-up table (C.11.1.1: number of entries, first value mapped, bits)."""
    descriptor = item.get("00283002", {}).get("Value") or [0, 0, 16]
    table = lookup_values(item, "00283006", bulk, path)
    begin = int(descriptor[1])
    begin = begin - 65_536 if begin > 32_767 and int(values.min()) < 0 else begin
    return table[np.clip(values.astype(np.int64) - begin, 0, len(table) - 1)].astype(np.float64)


def _colour(array: Array, shape: Shape, *, is_rgb: bool) -> Array:
    if shape.bits_allocated == 16:
        array = array >> max(0, shape.bits_stored - 8)
    array = array.astype(np.uint8)
    if is_rgb or shape.photometric == "RGB" or not shape.photometric.startswith("YBR"):
        return array
    luma, blue, red = (array[..., index].astype(np.float32) for index in range(3))
    blue, red = blue - 128, red - 128
    parts = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
    return np.clip(np.stack(parts, axis=-1) + 0.5, 0, LEVELS - 1).astype(np.uint8)


def _with_overlays(grey: Array, attributes: Attributes, bulk: dict[str, bytes], frame: int) -> Array:
    """Draw the overlay planes that have their own data in white (C.9.2)."""
    for group in OVERLAY_GROUPS:
        element: dict[str, Any] = attributes.get(f"{group:04X}3000", {})
        raw = bulk.get(f"{group:04X}3000") or base64.b64decode(element.get("InlineBinary", ""))
        rows, columns = (int(first(attributes, f"{group:04X}00{tag}", 0)) for tag in ("10", "11"))
        if not raw or not rows or not columns or len(raw) * 8 < rows * columns:
            continue
        bits = np.unpackbits(np.frombuffer(raw, "u1"), bitorder="little")
        count = int(first(attributes, f"{group:04X}0015", 1))
        plane = min(frame, count) - 1
        mask = bits[plane * rows * columns :][: rows * columns]
        if mask.size < rows * columns:
            continue
        origin = attributes.get(f"{group:04X}0050", {}).get("Value") or [1, 1]
        top, left = int(origin[0]) - 1, int(origin[1]) - 1
        grey = _laid_over(grey, mask.reshape(rows, columns).astype(bool), top, left)
    return grey


def _laid_over(grey: Array, mask: Array, top: int, left: int) -> Array:
    mask = mask[max(0, -top) :, max(0, -left) :]
    top, left = max(0, top), max(0, left)
    mask = mask[: max(0, grey.shape[0] - top), : max(0, grey.shape[1] - left)]
    drawn = grey.copy()
    drawn[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = LEVELS - 1
    return drawn
