"""The steps of an episode of monitoring: order, consent, set-up, end; and what is measured when."""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from hearthline.audit.services import record
from hearthline.directory.access import practitioner_of, today_in
from hearthline.directory.models import Consent, ConsentText, Patient
from hearthline.directory.models.consents import ConsentKind
from hearthline.directory.services.consents import give_consent
from hearthline.foundation.events import publish
from hearthline.identity.actor import Actor
from hearthline.monitoring.episodes import access
from hearthline.monitoring.episodes.events import MonitoringEnded
from hearthline.monitoring.episodes.models import Episode, PlannedMeasurement
from hearthline.monitoring.episodes.plan import Planned
from hearthline.monitoring.readings.devices import start_monitoring
from hearthline.monitoring.readings.models import MonitoredPatient


@transaction.atomic
def order_monitoring(*, actor: Actor, patient: Patient, reason: str, is_established: bool) -> Episode:
    """Order monitoring in one's own name; one that runs already is returned as it is.

    Raises:
        PermissionDenied: the actor does not prescribe for this patient, or is no practitioner here.
    """
    practitioner = practitioner_of(actor)
    if practitioner is None or not access.may_order(actor, patient):
        raise PermissionDenied
    started = start_monitoring(actor=actor, patient=patient)
    monitored = MonitoredPatient.objects.select_for_update().get(pk=started.pk)
    running = Episode.objects.filter(monitored=monitored, ends_on=None).first()
    if running is not None:
        return running
    episode = Episode.objects.create(
        organization_id=actor.organization_id,
        monitored=monitored,
        practitioner=practitioner,
        ordered_on=today_in(actor.organization_id),
        reason=reason,
        is_established=is_established,
    )
    record(actor, "monitoring.ordered", episode, patient_id=patient.pk)
    return episode


@transaction.atomic
def note_consent(
    *, actor: Actor, episode: Episode, text: ConsentText, signer_name: str, signer_relationship: str
) -> Consent:
    """Note that the patient agreed, aloud, to be monitored.

    Raises:
        PermissionDenied: the actor does not run this patient's monitoring.
        ValidationError: the text is not one about monitoring, or nobody is named.
    """
    locked = _lock(actor, episode)
    if text.kind != ConsentKind.MONITORING:
        raise ValidationError({"text": _("Choose the text about measuring at home.")})
    consent = give_consent(
        actor=actor,
        patient=locked.monitored.patient,
        text=text,
        method=Consent.Method.SPOKEN,
        signer_name=signer_name,
        signer_relationship=signer_relationship,
    )
    locked.consent = consent
    locked.save(update_fields=["consent"])
    return consent


@transaction.atomic
def note_set_up(*, actor: Actor, episode: Episode, on: date, has_medical_device: bool) -> None:
    """Note that the patient has the device, was shown how to use it, and did so once.

    Raises:
        PermissionDenied: the actor does not run this patient's monitoring.
        ValidationError: the day is before the order or yet to come, or it was noted already.
    """
    locked = _lock(actor, episode)
    if locked.set_up_on is not None:
        raise ValidationError({"on": _("The set-up is noted already.")})
    if not locked.ordered_on <= on <= today_in(actor.organization_id):
        raise ValidationError({"on": _("Choose a day from the order to today.")})
    locked.set_up_on, locked.set_up_by_id, locked.has_medical_device = on, actor.user_id, has_medical_device
    locked.save(update_fields=["set_up_on", "set_up_by", "has_medical_device"])
    record(actor, "monitoring.set_up", locked, patient_id=locked.monitored.patient_id)


@transaction.atomic
def end_monitoring(*, actor: Actor, episode: Episode, reason: Episode.EndReason) -> None:
    """End an episode today; ending it again changes nothing.

    Raises:
        PermissionDenied: the actor does not run this patient's monitoring.
    """
    locked = _lock(actor, episode)
    if locked.ends_on is not None:
        return
    locked.ends_on, locked.end_reason = today_in(actor.organization_id), reason
    locked.save(update_fields=["ends_on", "end_reason"])
    _stop(_running(locked.monitored), locked.ends_on)
    record(actor, "monitoring.ended", locked, patient_id=locked.monitored.patient_id, reason=reason.value)
    publish(
        MonitoringEnded(
            organization_id=locked.organization_id,
            episode_id=locked.pk,
            patient_id=locked.monitored.patient_id,
        )
    )


def _lock(actor: Actor, episode: Episode) -> Episode:
    """Lock the person and then the episode, always in this order."""
    _lock_person(actor, episode.monitored_id)
    found = Episode.objects.select_for_update(of=("self",)).select_related("monitored__patient")
    return found.get(pk=episode.pk)


def _lock_person(actor: Actor, monitored_id: UUID) -> None:
    locked = MonitoredPatient.objects.select_for_update().get(pk=monitored_id)
    if not access.may_run(actor, locked):
        raise PermissionDenied


@transaction.atomic
def plan_measurements(*, actor: Actor, episode: Episode, planned: Iterable[Planned]) -> None:
    """Put a program's new plan in the place of its running one, from today; what was awaited until yesterday stays.

    What the care team asked for beside the program goes on, but for metrics that the new plan has a word about.

    Raises:
        PermissionDenied: the actor does not run this patient's monitoring.
    """
    locked = _lock(actor, episode)
    new = list(planned)
    today = today_in(actor.organization_id)
    running = _running(locked.monitored)
    _stop(running.filter(Q(episode=locked) | Q(metric__in=[one.metric for one in new])), today)
    PlannedMeasurement.objects.bulk_create(_row(locked.monitored, one, today, episode=locked) for one in new)
    record(actor, "monitoring.planned", locked, patient_id=locked.monitored.patient_id)


@transaction.atomic
def ask_for(*, actor: Actor, monitored: MonitoredPatient, planned: Planned) -> PlannedMeasurement:
    """Ask for one metric from today on, in the place of what was asked of it before, by whomever.

    Raises:
        PermissionDenied: the actor is no clinician of this patient.
    """
    _lock_person(actor, monitored.pk)
    today = today_in(actor.organization_id)
    _stop(_running(monitored).filter(metric=planned.metric), today)
    row = _row(monitored, planned, today)
    row.save(force_insert=True)
    record(actor, "monitoring.asked", row, patient_id=monitored.patient_id, fields=[planned.metric])
    return row


@transaction.atomic
def stop_asking(*, actor: Actor, monitored: MonitoredPatient, row: PlannedMeasurement) -> None:
    """Ask for it no longer, from today on.

    Raises:
        PermissionDenied: the actor is no clinician of this patient.
    """
    _lock_person(actor, monitored.pk)
    _stop(_running(monitored).filter(pk=row.pk), today_in(actor.organization_id))
    record(actor, "monitoring.not_asked", row, patient_id=monitored.patient_id, fields=[row.metric])


def _row(
    monitored: MonitoredPatient, planned: Planned, today: date, *, episode: Episode | None = None
) -> PlannedMeasurement:
    return PlannedMeasurement(
        organization_id=monitored.organization_id,
        monitored=monitored,
        episode=episode,
        metric=planned.metric,
        windows=[moment for pair in planned.windows for moment in pair],
        weekdays=list(planned.weekdays),
        is_continuous=planned.is_continuous,
        starts_on=today,
    )


def _running(monitored: MonitoredPatient) -> QuerySet[PlannedMeasurement]:
    return PlannedMeasurement.objects.filter(
        organization_id=monitored.organization_id, monitored=monitored, ends_on=None
    )


def _stop(running: QuerySet[PlannedMeasurement], today: date) -> None:
    """Await nothing more of these from ``today`` on; what began today was never awaited."""
    running.filter(starts_on__gte=today).delete()
    running.update(ends_on=today - timedelta(days=1))
