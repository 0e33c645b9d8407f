"""Writing, signing and adding to notes; writing and releasing the patient's summary."""

from collections.abc import Mapping
from uuid import UUID

from django.utils import translation

from hearthline.audit import services as audit
from hearthline.charting import rules
from hearthline.charting.access import require_author, require_chart_writer
from hearthline.charting.events import NoteSigned, SummaryReleased
from hearthline.charting.models import Encounter, Note, NoteAddendum, VisitSummary
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor

SUMMARY_PARTS = ("what_we_discussed", "what_to_do", "medicines", "when_to_get_help", "follow_up")


class StaleRevisionError(Exception):
    """The text was changed elsewhere (another tab) since this one was loaded; ``current`` is what is kept now."""

    def __init__(self, current: Note | VisitSummary) -> None:
        super().__init__("the text was changed elsewhere")
        self.current = current


class NotSignableError(Exception):
    """The note lacks parts that a signature needs; ``missing`` names them."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__("the note is not complete")
        self.missing = missing


def statements_of(encounter: Encounter, language: str = "en") -> list[str]:
    """Return the sentences that this encounter's recorded facts support."""
    facts = [
        rules.Fact(fact.kind, fact.occurred_at, fact.code, fact.detail, fact.seconds)
        for fact in encounter.facts.all()
    ]
    with translation.override(language):
        return rules.statements(facts, encounter.patient.zone)


def start_note(*, actor: Actor, encounter: Encounter) -> Note:
    """Return the actor's draft for the encounter, making it when there is none (a double click makes one)."""
    require_chart_writer(actor, encounter.patient)
    author = require_author(actor)
    note, is_new = Note.objects.get_or_create(
        organization_id=actor.organization_id, encounter=encounter, author=author, status=Note.Status.DRAFT
    )
    if is_new:
        audit.record(actor, "note.started", note, patient_id=encounter.patient_id)
    return note


def save_note(*, actor: Actor, note: Note, sections: Mapping[str, str], revision: int) -> Note:
    """Keep a draft's text. ``revision`` is the one the writer saw.

    Raises:
        StaleRevisionError: the draft was saved elsewhere since, or is no draft any more; nothing was overwritten.
    """
    locked = Note.objects.select_for_update().get(pk=note.pk)
    if locked.status != Note.Status.DRAFT or locked.revision != revision:
        raise StaleRevisionError(locked)
    for name in rules.NOTE_SECTIONS:
        setattr(locked, name, sections.get(name, ""))
    locked.revision += 1
    locked.changed_at = clock.now()
    locked.save(update_fields=[*rules.NOTE_SECTIONS, "revision", "changed_at"])
    audit.record(
        actor, "note.saved", locked, patient_id=locked.encounter.patient_id, fields=rules.NOTE_SECTIONS
    )
    return locked


def sign_note(*, actor: Actor, note: Note, revision: int) -> Note:
    """Sign a draft: from now on it never changes. Signing the signed note again changes nothing.

    The statements written from the encounter's facts become part of what is signed.

    Raises:
        NotSignableError: assessment or plan is empty.
        StaleRevisionError: the text was changed since the signer saw it.
    """
    author = require_author(actor)
    locked = Note.objects.select_for_update().get(pk=note.pk, author=author)
    if locked.status == Note.Status.SIGNED:
        return locked
    if locked.revision != revision or not rules.may_move_note(locked.status, Note.Status.SIGNED):
        raise StaleRevisionError(locked)
    sections = {name: getattr(locked, name) for name in rules.NOTE_SECTIONS}
    missing = rules.missing_before_signing(sections)
    if missing:
        raise NotSignableError(missing)
    locked.statements = "\n".join(statements_of(locked.encounter))
    locked.status, locked.signed_at = Note.Status.SIGNED, clock.now()
    locked.digest = rules.note_digest(
        author_id=str(author.id), signed_at=locked.signed_at, sections=sections, statements=locked.statements
    )
    locked.save(update_fields=["statements", "status", "signed_at", "digest"])
    patient_id = locked.encounter.patient_id
    audit.record(actor, "note.signed", locked, patient_id=patient_id)
    publish(
        NoteSigned(
            organization_id=actor.organization_id,
            note_id=locked.id,
            encounter_id=locked.encounter_id,
            patient_id=patient_id,
        )
    )
    return locked


def is_unaltered(note: Note) -> bool:
    """Whether a signed note is, letter for letter, what was signed."""
    if note.signed_at is None:
        return False
    sections = {name: getattr(note, name) for name in rules.NOTE_SECTIONS}
    expected = rules.note_digest(
        author_id=str(note.author_id), signed_at=note.signed_at, sections=sections, statements=note.statements
    )
    return expected == note.digest


def discard_note(*, actor: Actor, note: Note) -> None:
    """Put a draft away for good; a signed note cannot be discarded."""
    locked = Note.objects.select_for_update().get(pk=note.pk, author=require_author(actor))
    if not rules.may_move_note(locked.status, Note.Status.DISCARDED):
        raise StaleRevisionError(locked)
    locked.status = Note.Status.DISCARDED
    locked.save(update_fields=["status"])
    audit.record(actor, "note.discarded", locked, patient_id=locked.encounter.patient_id)


def add_addendum(*, actor: Actor, note: Note, text: str, idempotency_key: UUID) -> NoteAddendum:
    """Sign an addition to a signed note; the same key adds it once.

    Raises:
        ValueError: the note is not signed.
    """
    require_chart_writer(actor, note.encounter.patient)
    if note.status != Note.Status.SIGNED:
        message = "only a signed note takes an addendum"
        raise ValueError(message)
    addendum, is_new = NoteAddendum.objects.get_or_create(
        organization_id=actor.organization_id,
        note=note,
        idempotency_key=idempotency_key,
        defaults={"author": require_author(actor), "text": text},
    )
    if is_new:
        audit.record(actor, "note.addendum_signed", addendum, patient_id=note.encounter.patient_id)
    return addendum


def start_summary(*, actor: Actor, encounter: Encounter) -> VisitSummary:
    """Return the encounter's summary, making an empty one in the patient's language when there is none."""
    require_chart_writer(actor, encounter.patient)
    summary, is_new = VisitSummary.objects.get_or_create(
        organization_id=actor.organization_id,
        encounter=encounter,
        defaults={"author": require_author(actor), "language": encounter.patient.page_language},
    )
    if is_new:
        audit.record(actor, "summary.started", summary, patient_id=encounter.patient_id)
    return summary


def save_summary(
    *, actor: Actor, summary: VisitSummary, parts: Mapping[str, str], language: str, revision: int
) -> VisitSummary:
    """Keep the text of a summary; a released one may be corrected, and the patient sees the new text.

    Raises:
        StaleRevisionError: it was changed elsewhere since the writer saw it.
    """
    require_chart_writer(actor, summary.encounter.patient)
    locked = VisitSummary.objects.select_for_update().get(pk=summary.pk)
    if locked.revision != revision:
        raise StaleRevisionError(locked)
    for name in SUMMARY_PARTS:
        setattr(locked, name, parts.get(name, ""))
    locked.language = language
    locked.revision += 1
    locked.save(update_fields=[*SUMMARY_PARTS, "language", "revision"])
    audit.record(actor, "summary.saved", locked, patient_id=locked.encounter.patient_id, fields=SUMMARY_PARTS)
    return locked


def release_summary(*, actor: Actor, summary: VisitSummary) -> VisitSummary:
    """Let the patient read the summary and tell them so; releasing it again changes nothing.

    Raises:
        NotSignableError: it says nothing about what to do.
    """
    require_chart_writer(actor, summary.encounter.patient)
    locked = VisitSummary.objects.select_for_update().get(pk=summary.pk)
    if locked.released_at is not None:
        return locked
    if not locked.what_to_do.strip():
        raise NotSignableError(["what_to_do"])
    locked.released_at = clock.now()
    locked.save(update_fields=["released_at"])
    patient_id = locked.encounter.patient_id
    audit.record(actor, "summary.released", locked, patient_id=patient_id)
    publish(
        SummaryReleased(
            organization_id=actor.organization_id,
            summary_id=locked.id,
            encounter_id=locked.encounter_id,
            patient_id=patient_id,
        )
    )
    return locked


def mark_summary_read(*, actor: Actor, summary: VisitSummary) -> None:
    """Remember when the patient (or a caregiver) first opened the summary; every opening is audited."""
    if summary.first_read_at is None:
        summary.first_read_at = clock.now()
        summary.save(update_fields=["first_read_at"])
    audit.record(actor, "summary.read", summary, patient_id=summary.encounter.patient_id)
