"""Answering: a draft that is nobody else's, then signed answers that never change."""

import json
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from hearthline.consults.access import own_draft
from hearthline.consults.errors import CaseRefusedError
from hearthline.consults.events import OpinionSigned
from hearthline.consults.models import Attachment, Consult, Opinion, Seen
from hearthline.consults.rules.clocks import seconds_left
from hearthline.consults.rules.manifest import NOT_OPENED, SeenObject, digest_of, write_manifest
from hearthline.consults.rules.states import ANSWERED, Action
from hearthline.consults.services.attaching import STUDY_TYPE, instances_of
from hearthline.consults.services.moving import (
    lock,
    move,
    record_case,
    signature,
    tell_asker,
    tell_coordinators,
)
from hearthline.consults.services.reading import require_reader
from hearthline.foundation import clock
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.identity.freshness import ensure_fresh_mfa

SECTIONS = ("findings", "assessment", "plan")
QUALITIES = ("original", "preview", "thumbnail")  # the best first


def start_draft(actor: Actor, *, consult: Consult) -> Opinion:
    """Return the reader's draft, made when there is none from the preliminary answer they signed.

    Raises:
        CaseRefusedError: not the reader.
    """
    require_reader(actor, consult)
    found = own_draft(actor, consult)
    if found is not None:
        return found
    before = signed_opinions(consult).filter(kind=Opinion.Kind.PRELIMINARY).last()
    text = {name: getattr(before, name) for name in SECTIONS} if before is not None else {}
    return Opinion.objects.create(
        organization_id=consult.organization_id,
        consult=consult,
        created_at=clock.now(),
        **signature(actor),
        **text,
    )


def signed_opinions(consult: Consult) -> QuerySet[Opinion]:
    """Return what was signed on a case, in the order of signing."""
    return Opinion.objects.filter(consult=consult, signed_at__isnull=False).order_by("signed_at", "id")


@transaction.atomic
def save_draft(
    actor: Actor, *, consult: Consult, text: Mapping[str, str], has_spoken: bool, revision: int
) -> Opinion:
    """Keep the text of one's own draft. ``revision`` is the one the writer saw.

    Raises:
        CaseRefusedError: not the reader, or it was saved elsewhere since; nothing was overwritten.
    """
    start_draft(actor, consult=consult)
    draft = Opinion.objects.select_for_update().get(
        consult=consult, by_id=actor.user_id, kind=Opinion.Kind.DRAFT
    )
    if draft.revision != revision:
        raise CaseRefusedError("stale")
    for name in SECTIONS:
        setattr(draft, name, text.get(name, ""))
    draft.has_spoken = has_spoken
    draft.revision += 1
    draft.save(update_fields=[*SECTIONS, "has_spoken", "revision"])
    return draft


def objects_of(consult: Consult, user_id: UUID | None) -> list[SeenObject]:
    """Return every object of a case with the best quality that a person had open; of a study, each of its images."""
    seen: dict[tuple[object, object], set[str]] = {}
    for trace in Seen.objects.filter(consult=consult, by_id=user_id):
        seen.setdefault((trace.attachment_id, trace.instance_id), set()).add(trace.quality)

    def best(*key: object) -> str:
        return next(
            (quality for quality in QUALITIES if quality in seen.get((key[0], key[1]), set())), NOT_OPENED
        )

    found = []
    for one in consult.attachments.select_related("study"):
        if one.study is not None:
            found += [
                SeenObject(str(image.pk), image.sha256, image.size, STUDY_TYPE, best(one.pk, image.pk))
                for image in instances_of(one.study).only("sha256", "size")
            ]
            continue
        quality = best(one.pk, None)
        found.append(SeenObject(str(one.pk), one.sha256, one.size_bytes, one.content_type, quality))
    return found


def signed_digests(consult: Consult) -> set[str] | None:
    """Return the digests that the newest signature names; None when nothing is signed."""
    last = signed_opinions(consult).last()
    return {one["sha256"] for one in json.loads(last.manifest)["objects"]} if last is not None else None


def new_images_of(given: Attachment) -> set[str]:
    """Return the digests of images of a given study that the newest signature does not name."""
    signed = signed_digests(given.consult)
    if signed is None or given.study is None:
        return set()
    return set(instances_of(given.study).values_list("sha256", flat=True)) - signed


@transaction.atomic
def sign(
    actor: Actor,
    *,
    consult: Consult,
    kind: Opinion.Kind,
    revision: int,
    discrepancy: str = "",
    discrepancy_words: str = "",
) -> Opinion:
    """Sign the reader's draft as preliminary or final answer, or as an addendum to a final one.

    The signature covers the answer and exactly the objects of the case, with the quality of each that was open.

    Raises:
        NotFreshError: no second factor in the last five minutes.
        CaseRefusedError: not the reader, nothing to sign, changed since, or the difference is not said.
    """
    ensure_fresh_mfa(actor)
    locked = lock(consult)
    require_reader(actor, locked)
    draft = (
        Opinion.objects.select_for_update()
        .filter(consult=locked, by_id=actor.user_id, kind=Opinion.Kind.DRAFT)
        .first()
    )
    if draft is None:
        raise CaseRefusedError("already")
    if draft.revision != revision:
        raise CaseRefusedError("stale")
    if not draft.assessment.strip() or (kind != Opinion.Kind.ADDENDUM and not draft.plan.strip()):
        raise CaseRefusedError("empty_answer")
    earlier = list(signed_opinions(locked))
    has_preliminary = any(one.kind == Opinion.Kind.PRELIMINARY for one in earlier)
    if kind == Opinion.Kind.FINAL and has_preliminary:
        if discrepancy not in Opinion.Discrepancy.values:
            raise CaseRefusedError("no_discrepancy")
        if discrepancy != Opinion.Discrepancy.NONE and not discrepancy_words.strip():
            raise CaseRefusedError("no_discrepancy")
        draft.discrepancy, draft.discrepancy_words = discrepancy, discrepancy_words.strip()
    _seal(actor, locked, draft, kind, earlier[-1].digest if earlier else "")
    moved = _move_with(actor, locked, kind)
    tell_asker(moved)
    if draft.discrepancy == Opinion.Discrepancy.MAJOR:
        tell_coordinators(moved)
    return draft


def _seal(actor: Actor, consult: Consult, draft: Opinion, kind: Opinion.Kind, previous: str) -> None:
    draft.kind, draft.signed_at, draft.previous_digest = kind, clock.now(), previous
    draft.manifest = manifest_of(consult, draft)
    draft.digest = digest_of(draft.manifest)
    draft.save()
    record_case(actor, f"consult.{kind.value}_signed", consult)
    publish(
        OpinionSigned(organization_id=consult.organization_id, consult_id=consult.pk, opinion_id=draft.pk)
    )


def manifest_of(consult: Consult, opinion: Opinion) -> str:
    """Return the canonical text that a signature of this answer covers now."""
    case = {
        "id": str(consult.id),
        "organization": str(consult.organization_id),
        "specialty": consult.specialty,
        "question": consult.question,
        "facts": dict(sorted((one.code, one.value) for one in consult.facts.all())),
        "messages": [str(one.pk) for one in consult.messages.order_by("created_at", "id")],
    }
    answer = {
        "kind": opinion.kind,
        "author": str(opinion.by_id),
        "author_name": opinion.by_name,
        "author_organization": str(opinion.by_organization_id),
        "signed_at": opinion.signed_at.isoformat() if opinion.signed_at else "",
        "discrepancy": opinion.discrepancy,
        "discrepancy_words": opinion.discrepancy_words,
        **{name: getattr(opinion, name) for name in SECTIONS},
    }
    return write_manifest(
        case=case, answer=answer, objects=objects_of(consult, opinion.by_id), previous=opinion.previous_digest
    )


def is_unaltered(opinion: Opinion) -> bool:
    """Whether a signed answer is, letter for letter, what was signed."""
    if not opinion.signed_at or digest_of(opinion.manifest) != opinion.digest:
        return False
    answer = json.loads(opinion.manifest)["answer"]
    return all(answer[name] == getattr(opinion, name) for name in (*SECTIONS, "discrepancy", "kind"))


def _move_with(actor: Actor, consult: Consult, kind: Opinion.Kind) -> Consult:
    if kind == Opinion.Kind.ADDENDUM:
        if consult.status not in ANSWERED:
            raise CaseRefusedError("moved_on")
        return consult
    if kind == Opinion.Kind.PRELIMINARY:
        return move(actor, consult, Action.REPORT)
    now = clock.now()
    left = seconds_left(consult.calendar, now, consult.due_at) if consult.due_at else 0
    used = max(0, consult.target_minutes * 60 - left)
    return move(actor, consult, Action.FINISH, answered_at=now, working_seconds=used, chased_at=None)
