"""Take DICOM files: read in the sandbox, kept as they came, put to their patient or held."""

import io
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID

from django.db import transaction

from hearthline.directory.models import Patient
from hearthline.foundation import blobs
from hearthline.foundation.blobs import Draft
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom import rules
from hearthline.imaging.dicom.reading import Read, Span, read_headers
from hearthline.imaging.dicom.services.filing import File, Filing, Outcome, outcome_of
from hearthline.imaging.dicom.services.identities import Verdict, judge
from hearthline.imaging.dicom.services.recent import Recent

MAX_INSTANCE_BYTES = 1024 * 1024 * 1024
PREAMBLE = slice(0, 128)
MAGIC = slice(128, 132)
WRITERS = 4  # files are sealed side by side, and while the sandbox reads their headers
CONTENT_TYPE = "application/dicom"
_writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="dicom-files")
Reader = Callable[[bytes | int, Sequence[Span]], list[Read]]


def receive(
    actor: Actor,
    *,
    content: bytes | int,
    view: memoryview,
    spans: Sequence[Span],
    expected: Patient | None,
    source: str,
    study_uid: str = "",
    reader: Reader = read_headers,
    recent: Recent | None = None,
    is_announced: bool = True,
) -> list[Outcome]:
    """Take the files that lie at ``spans`` (offset, length) of ``content``; ``view`` is the same bytes, mapped.

    ``expected``: the patient whose images these should be; None: the header has to say it. ``study_uid``: files of
    another study are refused. ``recent``: what was found of the same sender a moment ago; it is added to.
    ``is_announced`` False: what we wrote ourselves, of which nobody has to be told.
    One transaction; each file is stored, held or refused by itself. When it returns, what was taken is on the disk.
    """
    writing = [_writers.submit(_write, actor.organization_id, view, span) for span in spans]
    try:
        reads = reader(content, spans)
    except BaseException:
        blobs.discard(_drafts(writing))
        raise
    drafts = _drafts(writing)
    outcomes = [Outcome(refused=read.refused) for read in reads]
    verdicts: dict[rules.Identity, Verdict] = {} if recent is None else recent.verdicts
    files: dict[int, File] = {}
    for index, (read, draft) in enumerate(zip(reads, drafts, strict=True)):
        if read.refused:
            continue
        attributes = read.attributes()
        if study_uid and rules.text(attributes, "0020000D") != study_uid:
            outcomes[index] = outcome_of(attributes, refused="study")
            continue
        identity = rules.identity_of(attributes)
        if identity not in verdicts:
            verdicts[identity] = judge(actor.organization_id, identity, expected)
        files[index] = File(read, attributes, draft.ref, verdicts[identity])
    blobs.discard(draft for index, draft in enumerate(drafts) if index not in files)
    if files:
        with transaction.atomic(savepoint=False):
            # The disk is waited for while the rows are written; nothing is committed before both are there.
            keeping = _writers.submit(blobs.keep, actor.organization_id, [drafts[index] for index in files])
            try:
                Filing(actor, list(files.values()), source, recent=recent, is_announced=is_announced).save()
            finally:
                keeping.result()
    for index, file in files.items():
        outcomes[index] = file.outcome
    return outcomes


def _write(organization_id: UUID, view: memoryview, span: Span) -> Draft:
    """Write a file as it came, except its preamble, in which another kind of file could hide (PS3.10 7.1)."""
    offset, length = span
    content = view[offset : offset + length]
    if bytes(content[MAGIC]) == b"DICM" and any(content[PREAMBLE]):
        content = memoryview(bytes(PREAMBLE.stop) + bytes(content[PREAMBLE.stop :]))
    return blobs.write(organization_id, io.BytesIO(content), CONTENT_TYPE, max_bytes=MAX_INSTANCE_BYTES)


def _drafts(writing: Sequence[Future[Draft]]) -> list[Draft]:
    """Wait for every draft, so that none is still read from memory that goes away."""
    faults = [future.exception() for future in writing]
    drafts = [future.result() for future, fault in zip(writing, faults, strict=True) if fault is None]
    fault = next((fault for fault in faults if fault is not None), None)
    if fault is not None:
        blobs.discard(drafts)
        raise fault
    return drafts
