"""A signed answer beside the images that it is about: a DICOM structured report in their study."""

import json
from uuid import UUID

from hearthline.consults.models import Consult, Opinion
from hearthline.consults.services.answering import SECTIONS, signed_opinions
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Instance
from hearthline.imaging.dicom.services.export import uid_of
from hearthline.imaging.dicom.services.reports import Report, file_report
from hearthline.tenancy.models import Organization

FILER = "consults"


def file_answer(organization_id: UUID, opinion_id: UUID) -> None:
    """Put a signed answer into the study of the images that its signature names; without images there is none."""
    opinion = Opinion.objects.select_related("consult__patient").get(pk=opinion_id)
    actor = Actor.system(organization_id, FILER)
    images = images_of(opinion)
    file_report(actor, patient=opinion.consult.patient, report=report_of(opinion), images=images)


def images_of(opinion: Opinion) -> list[Instance]:
    """Return the images under an answer's signature, in the order of their studies and series."""
    named = [one["id"] for one in json.loads(opinion.manifest).get("objects", [])]
    found = Instance.objects.filter(
        pk__in=named,
        organization_id=opinion.organization_id,
        series__study__patient=opinion.consult.patient_id,
    )
    rows = found.select_related("series__study").defer("metadata", "frames", "bulk")
    return list(rows.order_by("series__study_id", "series__number", "series_id", "number", "id"))


def report_of(opinion: Opinion) -> Report:
    """Return an answer in the terms of a report."""
    consult: Consult = opinion.consult
    organization = Organization.objects.filter(
        id=opinion.by_organization_id or consult.organization_id
    ).first()
    signed = list(signed_opinions(consult).values_list("pk", flat=True))
    before = signed[: signed.index(opinion.pk)]
    filed = Instance.objects.filter(sop_uid__in=[uid_of(one) for one in before]).values_list(
        "sop_uid", flat=True
    )
    return Report(
        id=opinion.pk,
        case_id=consult.pk,
        question=consult.question,
        texts={name: getattr(opinion, name) for name in SECTIONS},
        author=opinion.by_name,
        organization=organization.name if organization else "",
        signed_at=opinion.signed_at or opinion.created_at,
        is_final=opinion.kind != Opinion.Kind.PRELIMINARY,
        earlier=[one for one in before if uid_of(one) in set(filed)],
    )
