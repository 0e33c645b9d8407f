"""Where a case is for whoever acts."""

from django.urls import reverse

from hearthline.consults.models import Consult
from hearthline.consults.rules.states import Status
from hearthline.identity.actor import Actor


def own_page_of(actor: Actor, consult: Consult) -> str:
    """Return the address of a case for staff or a patient: its page, or its question while it is not asked."""
    name = "question" if consult.status == Status.DRAFT else "case"
    return reverse(f"consults:{name if actor.is_care_team else f'own_{name}'}", args=[consult.pk])
