"""Two monitored people turn out to be one: what hangs on the one moves to the other, their readings too.

What still runs for the record that goes has to be ended first: two plans, two sets of devices or two open cases of one
person must not become one unseen.
"""

from collections.abc import Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from hearthline.directory.models import PatientMerge
from hearthline.directory.services.merges import movable_references, move_and_remember, move_back
from hearthline.foundation import clock
from hearthline.monitoring.alerts.models import Alert, Case, Rule, RuleState, SilentSpell, Suppression
from hearthline.monitoring.alerts.services.rulebook import renew_edition
from hearthline.monitoring.episodes.models import Episode, PlannedMeasurement
from hearthline.monitoring.home.staff_forms import NEVER_BY_HAND
from hearthline.monitoring.readings.joining import ReadingsCollideError, give_readings, mark_days
from hearthline.monitoring.readings.models import DeviceAssignment, MonitoredPatient, MonitoringPause

MOVER = "readings_move_rows"


def join(merge: PatientMerge) -> None:
    """Move what hangs on the duplicate's monitoring, if both records have one; a lone one moves with its patient.

    Raises:
        ValidationError: something still runs for the duplicate, or both have a value of one device for one moment.
    """
    survivor, duplicate = _both(merge)
    if duplicate is None:
        return
    if survivor is None:
        _mark_days(merge, duplicate)
        return
    if still := list(_still_running(duplicate)):
        raise ValidationError(
            _("Both records measure at home. For %(name)s, the record that goes, first %(what)s.")
            % {"name": duplicate.patient.full_name, "what": ", ".join(still)}
        )
    own = {"organization_id": duplicate.organization_id, "monitored": duplicate}
    now = clock.now()
    RuleState.objects.filter(
        organization_id=duplicate.organization_id, patient_number=duplicate.number
    ).delete()
    Alert.objects.filter(**own, state=Alert.State.SUPPRESSED).update(state=Alert.State.ENDED, ended_at=now)
    SilentSpell.objects.filter(**own, ended_at__isnull=True).update(ended_at=now)
    for model, column in movable_references(MonitoredPatient):
        move_and_remember(merge, model, column, duplicate.pk, survivor.pk, mover=MOVER)
    _give(duplicate, survivor)
    renew_edition(merge.organization_id)


def part(merge: PatientMerge) -> None:
    """Take it back: what was moved returns, and the readings of the devices that the duplicate had then."""
    survivor, duplicate = _both(merge)
    if duplicate is None:
        return
    moves = merge.moves.filter(model_label=DeviceAssignment._meta.label, column="monitored_id")
    if survivor is None or not merge.moves.filter(column="monitored_id").exists():
        _mark_days(merge, duplicate)
        return
    move_back(merge, MonitoredPatient, survivor.pk, duplicate.pk, mover=MOVER)
    assignments = DeviceAssignment.objects.filter(pk__in=moves.values("row_id")).select_related("device")
    _give(survivor, duplicate, list(assignments))
    renew_edition(merge.organization_id)


def _both(merge: PatientMerge) -> tuple[MonitoredPatient | None, MonitoredPatient | None]:
    found = MonitoredPatient.objects.filter(patient__in=[merge.survivor_id, merge.duplicate_id])
    locked = found.select_for_update(of=("self",)).select_related("patient").order_by("pk")
    by_patient = {one.patient_id: one for one in locked}
    return by_patient.get(merge.survivor_id), by_patient.get(merge.duplicate_id)


def _still_running(monitored: MonitoredPatient) -> Iterator[str]:
    now = clock.now()
    own = {"organization_id": monitored.organization_id, "monitored": monitored}
    pauses = MonitoringPause.objects.filter(**own, ends_at__gt=now)
    suppressed = Suppression.objects.filter(**own, ends_at__gt=now)
    devices = DeviceAssignment.objects.filter(**own, ends_at__isnull=True)
    if Episode.objects.filter(**own, ends_on__isnull=True).exists():
        yield _("end the monitoring")
    if devices.exclude(device__kind__in=NEVER_BY_HAND).exists():
        yield _("take the devices back")
    if PlannedMeasurement.objects.filter(**own, ends_on=None).exists():
        yield _("ask for nothing more")
    if Case.objects.filter(**own, closed_at__isnull=True).exists():
        yield _("close the open case")
    if Rule.objects.filter(**own, state=Rule.State.ACTIVE).exists():
        yield _("retire the person's own limits")
    if pauses.exists() or suppressed.exists():
        yield _("end the break")


def _give(
    source: MonitoredPatient, target: MonitoredPatient, only: list[DeviceAssignment] | None = None
) -> None:
    try:
        give_readings(source=source, target=target, only=only)
    except ReadingsCollideError:
        raise ValidationError(
            _("Both records have readings of one device for the same time. Say first whose they are.")
        ) from None


def _mark_days(merge: PatientMerge, monitored: MonitoredPatient) -> None:
    """Local days are others where the survivor lives in another zone than the duplicate did."""
    if merge.survivor.zone != merge.duplicate.zone:
        mark_days(monitored)
