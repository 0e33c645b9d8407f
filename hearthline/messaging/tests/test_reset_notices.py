"""A reset of a second factor is told beside the e-mail of identity: patients by their channel, staff in their list."""

from datetime import date

from hearthline.directory.models import Patient, PatientAccount
from hearthline.foundation.ids import new_id
from hearthline.identity.events import SecondFactorResetOpened
from hearthline.identity.reset_notes import stop_link
from hearthline.messaging.models import Notification, StaffNotice
from hearthline.messaging.subscribers import tell_owner_of_reset
from tests.people import People, Person


def opened(people: People, person: Person) -> SecondFactorResetOpened:
    return SecondFactorResetOpened(
        organization_id=people.organization.id, user_id=person.user.id, reset_id=new_id()
    )


def test_a_patient_is_told_once_by_the_channel_of_the_record(people: People) -> None:
    patient = Patient.objects.create(
        organization_id=people.organization.id, family_name="Delgado", birth_date=date(1950, 3, 1), zone="UTC"
    )
    PatientAccount.objects.create(
        organization_id=people.organization.id, patient=patient, user=people.patient.user
    )
    event = opened(people, people.patient)
    tell_owner_of_reset(event)
    tell_owner_of_reset(event)
    (notification,) = Notification.objects.all()
    assert (notification.patient_id, notification.template) == (patient.pk, "account.reset")
    assert not StaffNotice.objects.exists()


def test_staff_find_it_in_their_list_and_others_do_not(people: People) -> None:
    event = opened(people, people.nurse)
    tell_owner_of_reset(event)
    (notice,) = StaffNotice.objects.all()
    assert notice.user_id == people.nurse.user.id
    assert stop_link(event.organization_id, event.reset_id).endswith(notice.path)
    assert not Notification.objects.exists()
