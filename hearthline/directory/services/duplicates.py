"""Finding records that may be one person, and deciding about a pair."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Q

from hearthline.audit.services import record
from hearthline.directory import access, names
from hearthline.directory.duplicates import Fingerprint, Likeness, likeness
from hearthline.directory.models import DuplicateCandidate, Patient, PatientNameToken
from hearthline.foundation import clock
from hearthline.identity.actor import Actor

MAX_COMPARED = 300
SHARED_WORDS = 2


def fingerprint(patient: Patient) -> Fingerprint:
    """Return what of a record is compared."""
    return Fingerprint(
        given=names.tokens(patient.given_names),
        family=names.tokens(patient.family_name),
        birth_date=patient.birth_date,
        identifiers=frozenset(
            bytes(one.issuer_id.bytes) + bytes(one.value_index) for one in patient.identifiers.all()
        ),
        telephones=_present(patient.telephone_index),
        emails=_present(patient.email_index),
    )


def _present(index: bytes | memoryview | None) -> frozenset[bytes]:
    return frozenset() if index is None else frozenset({bytes(index)})


def compare(first: Patient, second: Patient) -> Likeness:
    """Return how alike two records are, and why."""
    return likeness(fingerprint(first), fingerprint(second))


def similar_patients(patient: Patient) -> list[tuple[Patient, Likeness]]:
    """Return records that are probably the same person, the likeliest first."""
    found = []
    for other in _worth_comparing(patient):
        result = compare(patient, other)
        if result.is_probable:
            found.append((other, result))
    return sorted(found, key=lambda pair: -pair[1].points)


def _worth_comparing(patient: Patient) -> Iterable[Patient]:
    words = names.tokens(patient.given_names, patient.family_name)
    named_alike = (
        PatientNameToken.objects.filter(organization_id=patient.organization_id, token__in=words)
        .values("patient_id")
        .annotate(shared=Count("id"))
        .filter(shared__gte=min(SHARED_WORDS, len(words) or 1))
        .values("patient_id")
    )
    condition = Q(birth_date=patient.birth_date) | Q(pk__in=named_alike)
    if patient.telephone_index is not None:
        condition |= Q(telephone_index=patient.telephone_index)
    if patient.email_index is not None:
        condition |= Q(email_index=patient.email_index)
    return (
        Patient.objects.filter(organization_id=patient.organization_id, merged_into__isnull=True)
        .filter(condition)
        .exclude(pk=patient.pk)
        .prefetch_related("identifiers")
        .order_by("-created_at")[:MAX_COMPARED]
    )


def look_for_duplicates(patient: Patient) -> list[DuplicateCandidate]:
    """Queue each record that is probably the same person, for staff to compare; pairs decided on stay decided."""
    queued = []
    for other, result in similar_patients(patient):
        first, second = sorted((patient, other), key=lambda one: one.pk)
        candidate, _ = DuplicateCandidate.objects.get_or_create(
            organization_id=patient.organization_id,
            first=first,
            second=second,
            defaults={"points": result.points},
        )
        if candidate.points != result.points:
            candidate.points = result.points
            candidate.save(update_fields=["points"])
        queued.append(candidate)
    return queued


@transaction.atomic
def decide_different(*, actor: Actor, candidate: DuplicateCandidate) -> None:
    """Say that two records are two people; the pair does not come back."""
    if not access.may_merge_patients(actor):
        raise PermissionDenied
    locked = DuplicateCandidate.objects.select_for_update().get(pk=candidate.pk)
    if locked.status != DuplicateCandidate.Status.OPEN:
        return
    locked.status = DuplicateCandidate.Status.DIFFERENT
    locked.decided_at = clock.now()
    locked.decided_by_user_id = actor.user_id
    locked.save()
    record(actor, "duplicate.decided_different", locked, patient_id=locked.first_id)
