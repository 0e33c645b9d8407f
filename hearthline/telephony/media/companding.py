"""G.711: the two ways in which the telephone network codes sound, as tables. Pure."""

import numpy as np
import numpy.typing as npt

from hearthline.telephony.sip.sdp import PCMA, PCMU

Samples = npt.NDArray[np.int16]
RATE = 8_000
FRAME = 160  # samples of 20 ms
CODES = 256


def _mu_values() -> Samples:
    codes = ~np.arange(CODES, dtype=np.uint8)
    exponent, mantissa = (codes >> 4) & 7, (codes & 15).astype(np.int32)
    size = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return np.where(codes & 0x80, -size, size).astype(np.int16)


def _a_values() -> Samples:
    codes = np.arange(CODES, dtype=np.uint8) ^ 0x55
    exponent, mantissa = ((codes >> 4) & 7).astype(np.int32), (codes & 15).astype(np.int32)
    size = np.where(
        exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0)
    )
    return np.where(codes & 0x80, size, -size).astype(np.int16)


def _nearest_codes(values: Samples) -> npt.NDArray[np.uint8]:
    """Return for each of the 65,536 samples the code whose value lies nearest."""
    order = np.argsort(values, kind="stable")
    known = values[order].astype(np.int32)
    samples = np.arange(-32_768, 32_768, dtype=np.int32)
    after = np.clip(np.searchsorted(known, samples), 1, CODES - 1)
    is_before_nearer = samples - known[after - 1] <= known[after] - samples
    return order[np.where(is_before_nearer, after - 1, after)].astype(np.uint8)


VALUES = {PCMU: _mu_values(), PCMA: _a_values()}
_CODES = {codec: _nearest_codes(values) for codec, values in VALUES.items()}
SILENCE: Samples = np.zeros(FRAME, dtype=np.int16)


def encode(samples: Samples, codec: int) -> bytes:
    """Return the samples (8 kHz) as the codec writes them, a byte each."""
    return _CODES[codec][samples.astype(np.int32) + 32_768].tobytes()


def decode(payload: bytes, codec: int) -> Samples:
    """Return the samples that the bytes stand for."""
    samples: Samples = VALUES[codec][np.frombuffer(payload, dtype=np.uint8)]
    return samples


def mix(frames: list[Samples]) -> Samples:
    """Return several voices as one; too loud is cut, not wrapped."""
    if not frames:
        return SILENCE
    total = np.sum([frame.astype(np.int32) for frame in frames], axis=0)
    mixed: Samples = np.clip(total, -32_768, 32_767).astype(np.int16)
    return mixed
