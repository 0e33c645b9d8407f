"""What a claim of a visit says, from what happened in it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from hearthline.billing.rulebook import NoRulebookError
from hearthline.billing.visit_rules import Lacking, VisitFacts, facts_of, visit_book_on
from hearthline.foundation import clock
from hearthline.visits.choices import EndReason, Modality, SegmentCause, WithoutVideo
from hearthline.visits.models import Join
from hearthline.visits.rules import Share
from hearthline.visits.services import admission, segments
from hearthline.visits.tests.stage import make_visit
from tests.people import People

DAY = date(2026, 11, 24)
VIDEO = Share(Modality.VIDEO)


def voice(reason: WithoutVideo, modality: Modality = Modality.AUDIO) -> Share:
    return Share(modality, reason)


def facts(
    minutes: dict[Share, int], *, is_at_home: bool | None = True, payer: str = "medicare"
) -> VisitFacts:
    shares = {share: timedelta(minutes=one) for share, one in minutes.items()}
    return facts_of(shares, is_at_home=is_at_home, book=visit_book_on(DAY, payer))


def test_video_at_home_and_elsewhere() -> None:
    found = facts({VIDEO: 20})
    assert (found.place_of_service, found.modifier, found.minutes, found.lacking) == ("10", "", 20, ())
    assert facts({VIDEO: 20}, is_at_home=False).place_of_service == "02"
    assert facts({VIDEO: 20}, payer="cpt").modifier == "95"
    assert facts({VIDEO: 20}, is_at_home=None).lacking == (Lacking.PLACE,)


def test_the_longer_part_counts_and_telephone_is_voice() -> None:
    by_link = voice(WithoutVideo.LINK)
    mostly_video = facts({VIDEO: 12, by_link: 8})
    assert (mostly_video.is_video, mostly_video.modifier, mostly_video.minutes) == (True, "", 20)
    mostly_voice = facts({VIDEO: 5, by_link: 8, voice(WithoutVideo.PATIENT, Modality.PHONE): 4})
    assert (mostly_voice.modifier, mostly_voice.reason) == ("93", WithoutVideo.LINK)
    assert mostly_voice.lacking == ()


@pytest.mark.parametrize(
    ("reason", "lacking"),
    [
        (WithoutVideo.LINK, ()),
        (WithoutVideo.NO_CAMERA, ()),
        (WithoutVideo.PATIENT, ()),
        (WithoutVideo.CLINICIAN, (Lacking.REASON_ACCEPTED,)),
        (WithoutVideo.AGREED, (Lacking.REASON_ACCEPTED,)),
        (WithoutVideo.UNKNOWN, (Lacking.REASON,)),
    ],
)
def test_medicare_wants_the_patients_reason_for_voice(
    reason: WithoutVideo, lacking: tuple[Lacking, ...]
) -> None:
    assert facts({voice(reason): 10}).lacking == lacking


def test_voice_alone_counts_at_home_only_and_writing_alone_never() -> None:
    assert facts({voice(WithoutVideo.LINK): 10}, is_at_home=False).lacking == (Lacking.HOME,)
    assert facts({voice(WithoutVideo.LINK): 10}, is_at_home=False, payer="cpt").lacking == ()
    assert facts({Share(Modality.TEXT, WithoutVideo.PATIENT): 10}).lacking == (Lacking.TEXT,)
    assert facts({}).lacking == (Lacking.TIME,)


def test_no_rules_are_made_up_for_days_that_no_book_covers() -> None:
    with pytest.raises(NoRulebookError):
        visit_book_on(date(2028, 1, 1))
    assert visit_book_on(date(2023, 1, 1), "cpt").voice_modifier == "93"


def test_the_page_tells_prescribers_and_administrators_and_nobody_else(people: People) -> None:
    began = datetime(2026, 11, 24, 15, tzinfo=UTC)
    with clock.frozen(began):
        stage = make_visit(people)
        _, patient = stage.begin()
        join = Join.objects.select_related("visit").get(pk=patient.pk)
        segments.change_modality(
            actor=people.patient.actor, join=join, modality=Modality.AUDIO, cause=SegmentCause.LINK
        )
    with clock.frozen(began + timedelta(minutes=15)):
        admission.end_visit(actor=people.physician.actor, visit=stage.visit, reason=EndReason.COMPLETED)
    address = reverse("billing:visits")
    for person in (people.physician, people.administrator):
        page = person.client.get(address).text
        assert "The connection was too weak for video" in page
        assert ">93<" in page
        assert "15 minutes" in page
    for person in (people.nurse, people.patient, people.technician):
        assert person.client.get(address).status_code == 403
