"""PDF documents: opened, searched for anything that acts, written anew."""

import io
from typing import Any

import pikepdf

from hearthline.foundation.sandbox.child import Refusal

MOST_OBJECTS = 100_000
# Names that run something, open something else or carry another file (ISO 32000-2, 12.6 and 7.11).
ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/XFA", "/EmbeddedFiles", "/EF", "/RichMediaContent", "/3DD"})
ACTIVE_KINDS = frozenset(
    {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoTo3DView", "/Rendition", "/Movie",
     "/Sound", "/RichMediaExecute", "/RichMedia", "/FileAttachment", "/Screen", "/3D", "/EmbeddedFile"}
)  # fmt: skip
KIND_KEYS = ("/S", "/Subtype", "/Type")


def examine(payload: bytes, *, kind: str) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Prove a PDF and return it written anew, so that nothing between its parts comes along."""
    try:
        document = pikepdf.open(io.BytesIO(payload))
    except pikepdf.PasswordError:
        raise Refusal("locked") from None
    except (pikepdf.PdfError, ValueError, RuntimeError):
        raise Refusal("damaged") from None
    if document.is_encrypted:
        raise Refusal("locked")
    if len(document.objects) > MOST_OBJECTS or len(document.pages) == 0:
        raise Refusal("damaged")
    for one in document.objects:
        if _is_active(one):
            raise Refusal("active")
    out = io.BytesIO()
    document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.preserve, fix_metadata_version=False)
    return {"forms": [("sanitized", "application/pdf")]}, (out.getvalue(),)


def _is_active(root: Any) -> bool:
    """Whether an object, or one written inside it, acts. Objects referred to come in their own turn."""
    waiting = [root]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Array):
            waiting.extend(part for part in one.as_list() if _is_inside(part))
        elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            named = one.stream_dict if isinstance(one, pikepdf.Stream) else one
            keys = set(named.keys())
            if keys & ACTIVE_KEYS or any(str(named[key]) in ACTIVE_KINDS for key in KIND_KEYS if key in keys):
                return True
            waiting.extend(named[key] for key in keys if _is_inside(named[key]))
    return False


def _is_inside(part: Any) -> bool:
    return isinstance(part, pikepdf.Array | pikepdf.Dictionary) and not part.is_indirect
