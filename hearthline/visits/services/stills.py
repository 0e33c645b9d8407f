"""An examination camera in a visit: who shows one, who asks for a still, and the stills that are kept.

A still goes through the intake's quarantine like every photo of the patient; it is kept only while somebody's
agreement to photos is in force, and the row says which.
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils import translation

from hearthline.audit import services as audit
from hearthline.charting import services as charting
from hearthline.charting.models import EncounterFact
from hearthline.directory.access import may_decide_for
from hearthline.directory.models import Consent, ConsentText
from hearthline.directory.models.consents import ConsentKind
from hearthline.directory.queries import consent_in_force, current_consent_text
from hearthline.directory.services.consents import give_consent
from hearthline.foundation import clock
from hearthline.foundation.blobs import Readable
from hearthline.foundation.ids import new_id
from hearthline.identity.actor import Actor
from hearthline.imaging.intake import rules as intake_rules
from hearthline.imaging.intake import services as intake
from hearthline.imaging.intake.choices import BodySite, Laterality, Source
from hearthline.imaging.intake.models import File
from hearthline.imaging.intake.services.captures import is_child
from hearthline.visits.access import may_conduct
from hearthline.visits.choices import ExaminationDevice, ParticipantRole, ParticipantState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import Join, Participant, Still, Visit
from hearthline.visits.services.messages import open_joins, send_event, tell_about
from hearthline.visits.services.room import lock_visit

STILLS_MOST = 40
WISH, STILL = "wish", "still"  # names of events


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the taker says of a still."""

    device: ExaminationDevice
    body_site: BodySite
    laterality: Laterality
    is_sensitive: bool = False


def show_camera(*, actor: Actor, join: Join, device: str) -> None:
    """Tell everybody that a person's picture is an examination camera's now; an empty device: their own again.

    Raises:
        VisitRefusedError: they are not in the visit, or only watch it.
    """
    visit = lock_visit(join.visit)
    participant = Participant.objects.select_for_update().get(pk=join.participant_id)
    _require_taker(visit, participant)
    if participant.examines_with == device:
        return
    participant.examines_with = device
    participant.save(update_fields=["examines_with"])
    tell_about(participant, visit=visit, also_self=True)
    if device:
        audit.record(actor, "visit.camera_shown", visit, patient_id=visit.patient_id)


def _require_taker(visit: Visit, participant: Participant) -> None:
    if not visit.is_open or participant.state != ParticipantState.ADMITTED:
        raise VisitRefusedError("not_admitted")
    if participant.role == ParticipantRole.OBSERVER:
        raise VisitRefusedError("observer")


def wish_still(*, actor: Actor, join: Join, person: UUID) -> None:
    """A clinician asks whoever shows an examination camera for a still now; that person takes it, or does not.

    Raises:
        VisitRefusedError: they are no clinician in the visit, speak apart, or the other shows no such camera.
    """
    mine = join.participant
    if mine.state != ParticipantState.ADMITTED or mine.role != ParticipantRole.CLINICIAN:
        raise VisitRefusedError("not_allowed")
    wanted = next((one for one in open_joins(join.visit) if one.participant_id == person), None)
    if wanted is None or not wanted.participant.examines_with:
        raise VisitRefusedError("still_wish")
    if wanted.participant.is_aside != mine.is_aside:
        raise VisitRefusedError("apart")
    send_event(wanted, WISH, {"from": str(mine.pk), "name": mine.name})
    audit.record(actor, "still.wished", join.visit, patient_id=join.visit.patient_id)


def decline_wish(*, join: Join) -> None:
    """Whoever was asked for a still would rather not: the clinicians are told."""
    for other in open_joins(join.visit):
        if other.participant.role == ParticipantRole.CLINICIAN and other.pk != join.pk:
            send_event(other, STILL, {"person": str(join.participant_id), "state": "declined"})


def consent_text_of(visit: Visit, language: str) -> ConsentText | None:
    """Return the wording with which somebody is asked to agree to photos."""
    return current_consent_text(visit.organization_id, ConsentKind.PHOTOS, language)


def consent_of(visit: Visit) -> Consent | None:
    """Return the agreement to photos that holds now."""
    return consent_in_force(visit.patient, ConsentKind.PHOTOS)


def may_agree(actor: Actor, visit: Visit) -> bool:
    """Whether the actor may agree, or note that the patient agrees aloud."""
    return may_decide_for(actor, visit.patient) or may_conduct(actor, visit)


def agree(*, actor: Actor, visit: Visit, text: ConsentText) -> Consent:
    """Give the agreement of whoever decides for the patient; a clinician notes what the patient says aloud.

    Raises:
        VisitRefusedError: neither is so.
    """
    if may_decide_for(actor, visit.patient):
        return give_consent(actor=actor, patient=visit.patient, text=text)
    if not may_conduct(actor, visit):
        raise VisitRefusedError("photo_consent")
    return give_consent(
        actor=actor,
        patient=visit.patient,
        text=text,
        method=Consent.Method.SPOKEN,
        signer_name=visit.patient.full_name,
        signer_relationship=Consent.Relationship.SELF,
    )


def keep_still(
    *,
    actor: Actor,
    visit: Visit,
    participant: Participant,
    stream: Readable,
    told: Told,
    key: str,
    wished_by: UUID | None = None,
) -> Still:
    """Keep a still with the visit; a repeated key keeps one. It is shown once the intake has proved it.

    Raises:
        VisitRefusedError: not in the visit, only watching, nobody has agreed, too many, or too large.
    """
    visit = lock_visit(visit)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    _require_taker(visit, participant)
    known = Still.objects.filter(participant=participant, key=key).select_related("file").first()
    if known is not None:
        return known
    consent = consent_of(visit)
    if consent is None:
        raise VisitRefusedError("photo_consent")
    if Still.objects.filter(visit=visit, removed_at__isnull=True).count() >= STILLS_MOST:
        raise VisitRefusedError("too_many_stills")
    still = Still(
        id=new_id(),
        organization_id=visit.organization_id,
        visit=visit,
        participant=participant,
        consent=consent,
        device=told.device,
        wished_by=Participant.objects.filter(visit=visit, pk=wished_by).first() if wished_by else None,
        key=key,
    )
    still.file = _receive(actor, visit, stream, told, str(still.pk))
    still.save(force_insert=True)
    audit.record(actor, "still.kept", still, patient_id=visit.patient_id)
    _record(actor, still, EncounterFact.Kind.STILL_TAKEN)
    tell_of_still(still)
    return still


def _receive(actor: Actor, visit: Visit, stream: Readable, told: Told, key: str) -> File:
    is_sensitive = intake_rules.is_sensitive(
        told.body_site, is_child=is_child(visit.patient), is_said=told.is_sensitive
    )
    said = intake.Description(
        name=told.device.value,
        body_site=told.body_site,
        laterality=told.laterality,
        view="close",
        is_sensitive=is_sensitive,
    )
    try:
        return intake.receive_file(
            actor, patient=visit.patient, stream=stream, source=Source.FORM, key=key, description=said
        )
    except (intake.TooLargeError, intake.QuotaError) as refused:
        raise VisitRefusedError("picture") from refused


def remove_still(*, actor: Actor, still: Still, participant: Participant) -> None:
    """Take a still back: by whoever took it, or a clinician of the visit. Removing it again changes nothing.

    Raises:
        VisitRefusedError: it is neither theirs nor are they a clinician.
    """
    visit = lock_visit(still.visit)
    locked = (
        Still.objects.select_for_update(of=("self",)).select_related("file", "consent__text").get(pk=still.pk)
    )
    is_theirs = locked.participant_id == participant.pk and visit.is_open
    if not is_theirs and not may_conduct(actor, visit):
        raise VisitRefusedError("not_allowed")
    if locked.removed_at is not None:
        return
    locked.removed_at, locked.removed_by = clock.now(), participant
    locked.save(update_fields=["removed_at", "removed_by"])
    intake.take_back_file(actor, file=locked.file)
    audit.record(actor, "still.removed", locked, patient_id=visit.patient_id)
    _record(actor, locked, EncounterFact.Kind.STILL_REMOVED)
    tell_of_still(locked)


def _record(actor: Actor, still: Still, kind: EncounterFact.Kind) -> None:
    """Write into the chart that a still was taken, with whose agreement; or that it was taken back."""
    encounter = Visit.objects.select_related("encounter").get(pk=still.visit_id).encounter
    if encounter is None:
        return
    with translation.override("en"):
        detail = place_words(still)
    if kind == EncounterFact.Kind.STILL_TAKEN:
        text = still.consent.text
        detail += f"; {still.consent.signer_name}: {text.title} (v{text.version})"
    charting.record_fact(
        actor=actor,
        encounter=encounter,
        kind=kind,
        occurred_at=still.removed_at or still.taken_at,
        code=still.device,
        detail=detail,
    )


def place_words(still: Still) -> str:
    """Return where on the body, in the reader's language."""
    return f"{still.file.get_body_site_display()}, {still.file.get_laterality_display()}"


def tell_of_still(still: Still) -> None:
    """Tell whoever took a still, and the clinicians in the visit, how it stands; ids only."""
    state = "removed" if still.removed_at else still.file.state
    for join in open_joins(still.visit):
        is_clinician = join.participant.role == ParticipantRole.CLINICIAN
        if is_clinician or join.participant_id == still.participant_id:
            send_event(join, STILL, {"id": str(still.pk), "state": state})


def note_examined(file_id: UUID) -> None:
    """The intake has proved or refused a file; if it is a still, the room hears of it."""
    still = Still.objects.select_related("visit", "file").filter(file=file_id).first()
    if still is not None and still.visit.is_open:
        tell_of_still(still)
