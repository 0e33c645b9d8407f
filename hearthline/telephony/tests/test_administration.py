"""The clinic's number and its recordings, by the page; and callers who guess do not shut out those who are expected."""

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from hearthline.scheduling.services.pins import make_pin
from hearthline.telephony import desk
from hearthline.telephony.prompts import read_sound
from hearthline.tenancy.models import Organization
from hearthline.visits.tests.stage import make_visit
from tests.people import People

NUMBER = "+15125550177"


def wav(rate: int, seconds: float, channels: int = 1) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.zeros(int(rate * seconds) * channels, dtype="<i2").tobytes())
    return written.getvalue()


def test_an_administrator_sets_the_number(people: People) -> None:
    address = reverse("telephony:administration")
    client = people.administrator.client
    assert client.post(address, {"dial_in_number": "12"}).status_code == 422
    assert client.post(address, {"dial_in_number": NUMBER}).status_code == 302
    assert Organization.objects.get(pk=people.organization.pk).dial_in_number == NUMBER
    for person in (people.physician, people.technician, people.patient):
        assert person.client.get(address).status_code == 403


def test_a_recording_replaces_a_line_and_is_what_a_telephone_plays(
    people: People, settings: Any, tmp_path: Path
) -> None:
    settings.STATE_DIRECTORY = tmp_path
    address = reverse("telephony:recording", args=["en", "goodbye"])
    client = people.administrator.client
    for refused in (b"no sound", wav(16_000, 1, channels=2), wav(8_000, 61)):
        client.post(address, {"sound": SimpleUploadedFile("a.wav", refused)})
        assert client.get(address).status_code == 404
    client.post(address, {"sound": SimpleUploadedFile("a.wav", wav(16_000, 1))})
    kept = tmp_path / "prompts" / people.organization.slug / "en" / "goodbye.wav"
    assert len(read_sound(kept.read_bytes())) == 8_000
    assert client.get(address).status_code == 200
    client.post(address)
    assert not kept.exists()
    assert client.get(reverse("telephony:recording", args=["en", "welcome"])).status_code == 404


@pytest.mark.usefixtures("people")
def test_guessing_strangers_close_the_line_for_strangers_alone(people: People) -> None:
    people.organization.dial_in_number = NUMBER
    people.organization.save()
    clinic = desk.clinic_at(NUMBER)
    assert clinic is not None
    stage = make_visit(people)
    appointment = stage.visit.appointment
    assert appointment is not None
    pin = make_pin(appointment)
    for guess in range(desk.WRONG_MOST):
        desk.check_pin(clinic, "00000000", f"+1512555{guess:04d}")
    assert desk.check_pin(clinic, pin, "+15125559999").is_locked
    assert desk.check_pin(clinic, pin, "").is_locked
    expected = stage.visit.call_back_number
    assert desk.check_pin(clinic, pin, expected).known is not None
    for _ in range(desk.WRONG_MOST_OF_CALLER):
        desk.check_pin(clinic, "00000000", expected)
    assert desk.check_pin(clinic, pin, expected).is_locked, "that number has guessed as well"
