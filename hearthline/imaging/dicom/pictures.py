"""Pixels of kept instances: decoded, drawn and compressed in the sandbox; small pictures kept once they were made."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet

from hearthline.foundation import blobs, sandbox
from hearthline.foundation.blobs import Blob
from hearthline.imaging.dicom.models import Derived, Instance
from hearthline.imaging.dicom.parsing import syntaxes
from hearthline.tenancy.context import acting_in

CHILD = "hearthline.imaging.dicom.pixels.child:"
LIMITS = sandbox.Limits(memory_bytes=2 * 1024**3, cpu_seconds=20, wall_seconds=30.0, output_bytes=1024**3)
MAX_DECODED_BYTES = 512 * 1024 * 1024  # of one request's frames together
TYPES = {
    Derived.Kind.THUMBNAIL: "image/jpeg",
    Derived.Kind.PREVIEW: "image/jpeg",
    Derived.Kind.LOSSLESS: "image/jphc",
}


class NoPictureError(ValueError):
    """The instance has no such frame, or one that cannot be decoded; ``code`` says why in one word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Wish:
    """How a frame is to be drawn. ``window``: centre, width, function; ``viewport``: width and height at most."""

    form: str = "JPEG"
    quality: int = 90
    window: Sequence[Any] | None = None
    viewport: Sequence[int] | None = None


def original(instance: Instance) -> Blob:
    """Open the file as it came."""
    return blobs.open_blob(instance.organization_id, instance.sha256)


def spans_of(instance: Instance, frame: int) -> list[tuple[int, int]]:
    """Return (offset, length) of the parts of a frame in the original.

    Raises:
        NoPictureError: there is no such frame.
    """
    if not 1 <= frame <= len(instance.frames):
        raise NoPictureError("frame")
    flat = instance.frames[frame - 1]
    return list(zip(flat[::2], flat[1::2], strict=True))


def stored_frame(instance: Instance, frame: int) -> Iterator[bytes]:
    """Yield a frame as it is stored."""
    file = original(instance)
    for offset, length in spans_of(instance, frame):
        yield from file.stream(offset, offset + length)


def is_stored_plain(instance: Instance) -> bool:
    """Return whether frames are stored as explicit little endian has them."""
    return instance.transfer_syntax in {syntaxes.EXPLICIT_LITTLE, syntaxes.IMPLICIT_LITTLE}


def plain_frames(instance: Instance, frames: Sequence[int]) -> list[bytes]:
    """Return frames uncompressed, little endian.

    Raises:
        NoPictureError: there is no such frame, or it cannot be decoded.
    """
    if is_stored_plain(instance):
        return [b"".join(stored_frame(instance, frame)) for frame in frames]
    _check_size(instance, len(frames))
    return list(_ask("decode_frames", instance, wanted=_known(instance, frames)))


def lossless_frames(instance: Instance, frames: Sequence[int]) -> list[bytes]:
    """Return frames as lossless HTJ2K codestreams, kept ones or made now.

    Raises:
        NoPictureError: there is no such frame, or it cannot be decoded.
    """
    if instance.transfer_syntax == syntaxes.HTJ2K_LOSSLESS:
        return [b"".join(stored_frame(instance, frame)) for frame in frames]
    if list(frames) == [1]:
        return [derived(instance, Derived.Kind.LOSSLESS).read()]
    _check_size(instance, len(frames))
    return list(_ask("compress_frames", instance, wanted=_known(instance, frames)))


def transcoded(instance: Instance, syntax: str) -> bytes:
    """Return the whole file in another transfer syntax: explicit little endian or lossless HTJ2K.

    Raises:
        NoPictureError: it cannot be decoded.
    """
    _check_size(instance, len(instance.frames))
    return _ask("transcode", instance, target=syntax)[0]


def drawn(instance: Instance, frame: int, wish: Wish) -> bytes:
    """Return a frame as a picture.

    Raises:
        NoPictureError: there is no such frame, or it cannot be decoded.
    """
    _known(instance, [frame])
    return _ask(
        "render",
        instance,
        frame=frame,
        window=list(wish.window) if wish.window else None,
        form=wish.form,
        quality=wish.quality,
        viewport=list(wish.viewport) if wish.viewport else None,
    )[0]


def derived(instance: Instance, kind: Derived.Kind, frame: int = 1) -> Blob:
    """Return a picture derived from a frame, made and kept now if it is not there.

    Raises:
        NoPictureError: there is no such frame, or it cannot be decoded.
    """
    wanted = Derived.objects.filter(instance=instance, kind=kind, frame=frame).values_list(
        "sha256", flat=True
    )
    sha256 = wanted.first()
    if sha256 is None:
        derive(instance, frame)
        sha256 = wanted.get()
    return kept(instance, sha256)


def kept(instance: Instance, sha256: str) -> Blob:
    """Open a picture of an instance that was kept."""
    return blobs.open_blob(instance.organization_id, sha256)


def with_derived(instances: QuerySet[Instance], kind: Derived.Kind, frame: int) -> QuerySet[Instance]:
    """Return the same instances, each with the digest of its frame's picture (``derived_sha256``; None: not made)."""
    condition = Q(derived__kind=kind, derived__frame=frame)
    made = instances.annotate(made=FilteredRelation("derived", condition=condition))
    return made.annotate(derived_sha256=F("made__sha256"))


def derive(instance: Instance, frame: int = 1) -> None:
    """Make and keep thumbnail, preview and HTJ2K of a frame.

    Raises:
        NoPictureError: there is no such frame, or it cannot be decoded.
    """
    _known(instance, [frame])
    made = _ask("derive", instance, frame=frame)
    rows = []
    for kind, content in zip(TYPES, made, strict=True):
        kept = blobs.store(instance.organization_id, io.BytesIO(content), TYPES[kind])
        rows.append(
            Derived(
                organization_id=instance.organization_id,
                instance=instance,
                kind=kind,
                frame=frame,
                content_type=TYPES[kind],
                sha256=kept.sha256,
                size=kept.size,
            )
        )
    with acting_in(
        instance.organization_id
    ):  # another organization may be the first to look at a granted image
        Derived.objects.bulk_create(rows, ignore_conflicts=True)


def attributes_of(instance: Instance) -> dict[str, Any]:
    """Return the header as DICOM JSON."""
    found: dict[str, Any] = json.loads(instance.metadata)
    return found


def _known(instance: Instance, frames: Sequence[int]) -> list[int]:
    if not all(1 <= frame <= len(instance.frames) for frame in frames):
        raise NoPictureError("frame")
    return list(frames)


def _check_size(instance: Instance, count: int) -> None:
    size = (instance.rows or 0) * (instance.columns or 0) * (instance.bits_allocated or 8) // 8 * 3
    if size * count > MAX_DECODED_BYTES * 3:
        raise NoPictureError("size")


def _ask(function: str, instance: Instance, **options: Any) -> tuple[bytes, ...]:
    try:
        answer = sandbox.run_warm(
            CHILD + function,
            original(instance).read(),
            options={"frames": instance.frames, **options},
            limits=LIMITS,
        )
    except sandbox.SandboxError as error:
        raise NoPictureError(error.code) from error
    return answer.parts
