"""Changes: a dry weight set, a report kept in the chart."""

from decimal import Decimal
from io import BytesIO

from django.core.exceptions import PermissionDenied

from hearthline.audit import services as audit
from hearthline.charting.access import require_chart_writer
from hearthline.charting.models import Document
from hearthline.charting.services import add_document
from hearthline.directory.models import Patient
from hearthline.foundation.blobs import store
from hearthline.identity.actor import Actor
from hearthline.monitoring.plots.models import DryWeight


def set_dry_weight(*, actor: Actor, patient: Patient, kilograms: Decimal, reason: str) -> DryWeight:
    """Set a patient's dry weight from now on; earlier ones stay, for what was judged by them.

    Raises:
        PermissionDenied: the actor is no clinician of this patient.
    """
    require_chart_writer(actor, patient)
    if actor.user_id is None:
        raise PermissionDenied  # a dry weight is set by a person
    row = DryWeight.objects.create(
        organization_id=actor.organization_id,
        patient=patient,
        kilograms=kilograms,
        reason=reason,
        set_by_id=actor.user_id,
    )
    audit.record(actor, "dryweight.set", row, patient_id=patient.id, fields=["kilograms", "reason"])
    return row


def keep_report(*, actor: Actor, patient: Patient, title: str, content: bytes) -> Document:
    """Put a report (PDF) into the chart, where the patient finds it too.

    Raises:
        PermissionDenied: the actor is no clinician of this patient.
    """
    require_chart_writer(actor, patient)
    blob = store(actor.organization_id, BytesIO(content), "application/pdf")
    return add_document(actor=actor, patient=patient, kind=Document.Kind.RESULT, title=title, blob=blob)
