"""A long file is read part by part: its progress is seen, it can be stopped, and a worker that dies loses nothing."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from hearthline.foundation import clock
from hearthline.monitoring.home.models import FileImport
from hearthline.monitoring.home.services import importing
from hearthline.monitoring.home.services.importing import go_on
from hearthline.monitoring.home.tests.stage import HomeStage, make_home
from hearthline.monitoring.readings.models import Ingestion, Reading
from tests.people import People

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
PART = 10
HEAD = "Index,Value,Units,Device Time,Local Time,Zulu Time"
TASK = "hearthline.monitoring.home.services.importing.go_on"


def exported(count: int) -> str:
    """A file of so many values, every tenth of which has no unit that we know."""
    times = [NOW - timedelta(minutes=5 * place) for place in range(count)]
    return "\n".join(
        [HEAD]
        + [
            f"{place},{100 + place % 50},{'furlongs' if place % 10 == 9 else 'mg/dL'},,,{at:%Y-%m-%dT%H:%M:%S}Z"
            for place, at in enumerate(times)
        ]
    )


@pytest.fixture
def home(
    people: People, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> Iterator[HomeStage]:
    settings.HEARTHLINE_BLOB_DIRECTORY = tmp_path / "blobs"
    monkeypatch.setattr(importing, "PART_ROWS", PART)
    with clock.frozen(NOW):
        yield make_home(people)


def send(home: HomeStage, text: str) -> Any:
    file = SimpleUploadedFile("export.csv", text.encode(), "text/csv")
    return home.people.patient.client.post(home.url("file"), {"file": file}, follow=True)


def work(home: HomeStage) -> None:
    """Do what a worker does with the queue."""
    for job in ProcrastinateJob.objects.filter(task_name=TASK):
        go_on(home.people.organization.id, import_id=job.args["import_id"])


def page_of(home: HomeStage, one: FileImport, more: str = "") -> str:
    content: bytes = home.people.patient.client.get(home.url("file", str(one.pk)) + more).content
    return content.decode()


def test_a_short_file_is_done_at_once_and_leaves_no_copy(home: HomeStage) -> None:
    page = send(home, exported(PART)).content.decode()
    one = FileImport.objects.get()
    assert (one.state, one.new, one.refused, one.sha256) == ("done", 9, 1, "")
    assert "Line 11" in page
    assert not ProcrastinateJob.objects.filter(task_name=TASK).exists()


def test_a_long_file_shows_how_far_it_is_and_goes_on_by_itself(home: HomeStage) -> None:
    page = send(home, exported(45)).content.decode()
    assert "10 of 45 lines are read." in page
    assert 'value="22"' in page
    assert "See how far it is" in page
    work(home)
    one = FileImport.objects.get()
    assert (one.state, one.done, one.new, one.refused) == ("done", 45, 41, 4)
    assert "See how far it is" not in page_of(home, one)
    assert Reading.objects.count() == 41
    assert sum(b"furlongs" in kept.original() for kept in Ingestion.objects.all()) == 1


def test_a_worker_that_dies_between_two_parts_loses_and_doubles_nothing(
    home: HomeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(home, exported(45))
    do_part = importing._do_part
    done: list[int] = []

    def die_after_two(*arguments: Any) -> bool:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return do_part(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(importing, "_do_part", die_after_two)
        with pytest.raises(KeyboardInterrupt):
            work(home)
    assert FileImport.objects.get().done == 30
    work(home)
    one = FileImport.objects.get()
    assert (one.done, one.new, one.known, one.refused) == (45, 41, 0, 4)
    assert Reading.objects.count() == 41


def test_it_can_be_stopped_and_what_came_stays(home: HomeStage) -> None:
    send(home, exported(45))
    one = FileImport.objects.get()
    client = home.people.patient.client
    step = home.url("file", str(one.pk), "step")
    assert b"Stopped. What came in before stays." in client.post(step, {"what": "stop"}, follow=True).content
    assert client.post(step, {"what": "stop"}).status_code == 303  # a double click
    work(home)
    one.refresh_from_db()
    assert (one.state, one.done, one.sha256) == ("cancelled", 10, "")
    assert Reading.objects.count() == 9
    send(home, exported(45))  # and the rest by sending it again
    work(home)
    newest = FileImport.objects.exclude(pk=one.pk).get()
    assert (newest.new, newest.known, newest.refused) == (32, 9, 4)


def test_one_file_at_a_time(home: HomeStage) -> None:
    send(home, exported(45))
    again = send(home, exported(30))
    assert again.status_code == 422
    assert b"Another file is being read" in again.content
    assert b"see how far it is" in again.content
    with pytest.raises(IntegrityError, match="file_import_done_is_all"), transaction.atomic():
        FileImport.objects.update(state="done")


def test_one_whose_worker_is_gone_for_good_can_be_gone_on_with(home: HomeStage) -> None:
    send(home, exported(45))
    one = FileImport.objects.get()
    with clock.frozen(NOW + timedelta(minutes=11)):
        assert "It stopped by accident." in page_of(home, one)
        step = home.url("file", str(one.pk), "step")
        assert home.people.patient.client.post(step, {"what": "go-on"}).status_code == 303
        assert ProcrastinateJob.objects.filter(task_name=TASK).count() == 2
        work(home)
    one.refresh_from_db()
    assert (one.state, one.new) == ("done", 41)


def test_rows_are_paged_and_given_out_as_a_file(home: HomeStage) -> None:
    send(home, exported(120))
    work(home)
    one = FileImport.objects.get()
    page = page_of(home, one)
    assert page.count("There is no unit (mg/dL or mmol/L).") == 12
    assert "Line 2<" not in page
    assert "1 to 50 of 120" in page_of(home, one, "?rows=all")
    assert "Line 102<" in page_of(home, one, "?rows=all&page=3")
    answer = home.people.patient.client.get(home.url("file", str(one.pk)).rstrip("/") + "/rows.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="rows.csv"'
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode())))
    assert len(rows) == 121
    assert rows[10] == ["11", "There is no unit (mg/dL or mmol/L)."]


def test_others_do_not_see_it(home: HomeStage) -> None:
    send(home, exported(45))
    address = home.url("file", str(FileImport.objects.get().pk))
    for person in (home.people.caregiver, home.people.nurse, home.people.technician):
        assert person.client.get(address).status_code in {403, 404}
        assert person.client.get(f"{address}rows.csv").status_code in {403, 404}
        assert person.client.post(f"{address}step/", {"what": "stop"}).status_code in {403, 404}
    assert FileImport.objects.get().state == "running"
