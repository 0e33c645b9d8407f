"""Getting ready: one answer a page, kept at once; photos; and what the device check found."""

import json
from io import BytesIO
from typing import Any

from hearthline.audit import services as audit
from hearthline.foundation import blobs, changes, clock
from hearthline.foundation.uploads import Upload
from hearthline.identity.actor import Actor
from hearthline.visits import rules
from hearthline.visits.choices import Question, VisitState
from hearthline.visits.errors import VisitRefusedError
from hearthline.visits.models import DeviceCheck, PreparationAnswer, PreparationPhoto, Visit
from hearthline.visits.services.messages import LIST_TOPIC
from hearthline.visits.services.room import lock_visit

PHOTOS_MOST = 6


def answers_of(visit: Visit) -> dict[str, dict[str, Any]]:
    """Return the answers so far, by question."""
    return {one.question: json.loads(one.answer) for one in PreparationAnswer.objects.filter(visit=visit)}


def note_opened(visit: Visit) -> None:
    """The patient's side looks at the pages of a visit, perhaps for the first time."""
    if visit.opened_at is None:
        visit.opened_at = clock.now()
        visit.save(update_fields=["opened_at"])


def answer_question(*, actor: Actor, visit: Visit, question: Question, answer: dict[str, Any]) -> None:
    """Keep one answer; a later one replaces it until the visit has begun.

    Raises:
        VisitRefusedError: the visit is over.
    """
    visit = lock_visit(visit)
    if not visit.is_open:
        raise VisitRefusedError("closed")
    row = PreparationAnswer.objects.filter(visit=visit, question=question).first()
    row = row or PreparationAnswer(organization_id=visit.organization_id, visit=visit, question=question)
    row.answer, row.answered_at = json.dumps(answer), clock.now()
    row.answered_by_user_id = actor.user_id
    row.save()
    if question == Question.LOCATION:
        _locate(visit, answer)
    elif question == Question.COMPANY:
        visit.is_alone, visit.company = answer["is_alone"], answer.get("company", "")
    if visit.state == VisitState.PLANNED and rules.may_follow(VisitState(visit.state), VisitState.PREPARING):
        visit.state = VisitState.PREPARING
    visit.save()
    audit.record(actor, "visit.prepared", visit, patient_id=visit.patient_id, fields=[question.value])


def _locate(visit: Visit, answer: dict[str, Any]) -> None:
    visit.jurisdiction, visit.place = answer["jurisdiction"], answer["place"]
    visit.call_back_number = answer["call_back_number"]
    visit.may_call_when_lost = answer["may_call_when_lost"]
    visit.located_at = clock.now()


def add_photo(*, actor: Actor, visit: Visit, upload: Upload, caption: str = "") -> PreparationPhoto:
    """Keep a cleaned picture with the visit.

    Raises:
        VisitRefusedError: the visit is over, or it has as many photos as it takes.
    """
    visit = lock_visit(visit)
    if not visit.is_open:
        raise VisitRefusedError("closed")
    if PreparationPhoto.objects.filter(visit=visit, removed_at__isnull=True).count() >= PHOTOS_MOST:
        raise VisitRefusedError("too_many_photos")
    kept = blobs.store(visit.organization_id, BytesIO(upload.content), upload.content_type)
    photo = PreparationPhoto.objects.create(
        organization_id=visit.organization_id,
        visit=visit,
        digest=kept.sha256,
        size_bytes=kept.size,
        content_type=upload.content_type,
        caption=caption,
        sent_by_user_id=actor.user_id,
    )
    audit.record(actor, "visit_photo.added", photo, patient_id=visit.patient_id)
    return photo


def remove_photo(*, actor: Actor, photo: PreparationPhoto) -> None:
    """Take a photo back that was sent by mistake."""
    photo.removed_at = clock.now()
    photo.save(update_fields=["removed_at"])
    audit.record(actor, "visit_photo.removed", photo, patient_id=photo.visit.patient_id)


def keep_device_check(*, actor: Actor, visit: Visit, findings: dict[str, Any]) -> DeviceCheck:
    """Keep what the device check found, or that the person went on without it."""
    check = DeviceCheck.objects.create(
        organization_id=visit.organization_id, visit=visit, user_id=actor.user_id, **findings
    )
    audit.record(actor, "visit.device_checked", visit, patient_id=visit.patient_id)
    changes.announce(visit.organization_id, LIST_TOPIC)
    return check


def latest_check(visit: Visit) -> DeviceCheck | None:
    """Return the newest device check of a visit."""
    return DeviceCheck.objects.filter(visit=visit).order_by("-checked_at").first()
