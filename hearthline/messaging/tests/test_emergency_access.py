from datetime import date

from hearthline.compliance.events import BreakGlassOpened
from hearthline.directory.models import Patient
from hearthline.foundation.ids import new_id
from hearthline.identity.roles import Role
from hearthline.messaging.models import Notification
from hearthline.messaging.subscribers import tell_patient, tell_privacy_officers
from tests.people import People, make_person


def opened(people: People, user_id: object = None) -> BreakGlassOpened:
    patient = Patient.objects.create(
        organization_id=people.organization.id, family_name="Delgado", birth_date=date(1950, 3, 1), zone="UTC"
    )
    return BreakGlassOpened(
        organization_id=people.organization.id,
        break_glass_id=new_id(),
        patient_id=patient.pk,
        user_id=people.physician.user.pk if user_id is None else user_id,  # type: ignore[arg-type]
    )


def told() -> set[object]:
    return set(Notification.objects.filter(template="staff.notice").values_list("user_id", flat=True))


def test_the_privacy_officers_are_told_once(people: People) -> None:
    event = opened(people)
    tell_privacy_officers(event)
    tell_privacy_officers(event)
    assert told() == {people.auditor.user.pk}
    assert Notification.objects.count() == 1


def test_an_officer_who_opened_is_not_told_but_the_others_are(people: People) -> None:
    second = make_person(people.organization, "Second Officer", Role.AUDITOR)
    tell_privacy_officers(opened(people, people.auditor.user.pk))
    assert told() == {second.user.pk}


def test_without_an_officer_the_administrators_are_told(people: People) -> None:
    people.auditor.membership.is_active = False
    people.auditor.membership.save()
    tell_privacy_officers(opened(people))
    assert told() == {people.administrator.user.pk}


def test_the_patient_is_told(people: People) -> None:
    event = opened(people)
    tell_patient(event)
    tell_patient(event)
    (notification,) = Notification.objects.filter(template="record.opened")
    assert notification.patient_id == event.patient_id
