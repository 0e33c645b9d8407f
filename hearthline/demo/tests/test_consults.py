"""The demo's questions to specialists are played to every state by the services themselves."""

import pytest

from hearthline.charting.results.models import Report
from hearthline.consults.models import Attachment, Consult, Grant, WantedPhoto
from hearthline.consults.rules.states import Status
from hearthline.demo.clinic import build_clinic, build_neighbour
from hearthline.demo.consults import fill_consults, share_records
from hearthline.demo.credentials import Credentials
from hearthline.demo.images import fill_images
from hearthline.demo.laboratory import fill_laboratory
from hearthline.demo.population import register_population
from hearthline.tenancy.context import acting_in


@pytest.mark.slow
def test_there_is_a_case_in_each_state(db: None) -> None:
    credentials = Credentials.load()
    clinic, neighbour = build_clinic(credentials), build_neighbour(credentials)
    patients = register_population(clinic, credentials)
    for _ in range(2):
        fill_consults(clinic, neighbour, patients)
    fill_images(clinic, patients[3:9])
    fill_laboratory(clinic, patients)
    share_records(clinic, neighbour)
    with acting_in(clinic.organization.id):
        assert set(Attachment.objects.values_list("kind", flat=True)) == {"photo", "study", "result"}
        doubted = Attachment.objects.filter(is_sent_anyway=True)
        assert doubted.exists()
        assert all(one.findings for one in doubted)
        critical = Report.objects.get(is_critical=True, needs_look=True)
        assert critical.patient == patients[1]
        assert WantedPhoto.objects.filter(is_request=True, met_at__isnull=True).count() == 2
        assert set(Consult.objects.values_list("status", flat=True)) == set(Status)
        assert Grant.objects.filter(ended_at__isnull=True).count() == 2
    with acting_in(neighbour.organization.id):
        assert Consult.objects.count() == 2
