"""The tus server through its door: protocol, owners, limits, cuts, takeovers, kills."""

import hashlib
import http.client
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hearthline.directory.tests.stage import own_patient
from hearthline.foundation import blobs, clock
from hearthline.imaging.intake import drafts, rules
from hearthline.imaging.intake.choices import Source, State
from hearthline.imaging.intake.models import File, Upload
from hearthline.imaging.intake.services import uploads
from hearthline.live import limits
from hearthline.live.tests.chaos import Chaos, Fault, chaos
from hearthline.live.tests.uploading import BASE, CONTENT_TYPE, Sender, checksum, pairs, serving
from hearthline.tenancy.context import acting_in
from tests.people import People

CONTENT = bytes(range(256)) * 40
Check = Callable[[Sender, Sender], object]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Make a function one of the protocol's checks: it is given the owner's sender and a stranger's."""
    CHECKS[function.__name__] = function
    return function


@pytest.fixture
def owner(committed: None, people: People, settings: Any, tmp_path: Any) -> Iterator[Sender]:
    """The patient's own browser."""
    settings.HEARTHLINE_UPLOAD_DIRECTORY = tmp_path / "uploads"
    settings.HEARTHLINE_BLOB_DIRECTORY = tmp_path / "blobs"
    limits.uploads.buckets.clear()
    with acting_in(people.organization.id):
        patient = own_patient(people)
    assert people.patient.client
    assert people.stranger.client
    with serving() as port:
        yield Sender(port, people.patient, patient.pk)


def upload_of(path: str) -> UUID:
    return UUID(path.rsplit("/", 1)[1])


@check
def options_tell_version_extensions_and_size(owner: Sender, _: Sender) -> bool:
    told = owner.ask("OPTIONS", without="tus-resumable")
    return (
        told.status == 204
        and told.headers["tus-version"] == "1.0.0"
        and told.headers["tus-max-size"] == str(rules.MAX_FILE_BYTES)
        and set(told.headers["tus-extension"].split(","))
        == {"creation", "creation-with-upload", "checksum", "expiration", "termination"}
        and "sha1" in told.headers["tus-checksum-algorithm"].split(",")
    )


@check
def every_answer_tells_the_version(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    asked = [owner.ask("OPTIONS"), owner.head(path), owner.patch(path, b"x", 5), owner.ask("PUT", path)]
    return all(one.headers.get("tus-resumable") == "1.0.0" for one in asked[:3])


@check
def another_version_or_none_is_412_and_told(owner: Sender, _: Sender) -> bool:
    told = owner.ask("POST", tus_resumable="0.2.2", upload_length=3)
    none = owner.ask("HEAD", owner.begin(CONTENT), without="tus-resumable")
    return {told.status, none.status} == {412} and told.headers["tus-version"] == "1.0.0"


@check
def creation_is_201_with_a_place(owner: Sender, _: Sender) -> bool:
    return owner.begin(CONTENT).startswith(f"{BASE}/")


@check
def creation_needs_a_length(owner: Sender, _: Sender) -> bool:
    return owner.ask("POST", upload_metadata=owner.metadata(CONTENT)).status == 400


@check
def a_negative_or_crooked_length_is_400(owner: Sender, _: Sender) -> bool:
    told = [
        owner.ask("POST", upload_length=one, upload_metadata=owner.metadata(CONTENT))
        for one in ("-1", "1.5", "abc")
    ]
    return {one.status for one in told} == {400}


@check
def a_length_told_later_is_not_offered(owner: Sender, _: Sender) -> bool:
    return owner.ask("POST", upload_defer_length=1, upload_metadata=owner.metadata(CONTENT)).status == 400


@check
def concatenation_is_not_offered(owner: Sender, _: Sender) -> bool:
    told = owner.ask("POST", upload_length=3, upload_concat="partial", upload_metadata=owner.metadata(b"abc"))
    return told.status == 400


@check
def more_than_the_largest_size_is_413(owner: Sender, _: Sender) -> bool:
    told = owner.ask("POST", upload_length=rules.MAX_FILE_BYTES + 1, upload_metadata=owner.metadata(CONTENT))
    return told.status == 413 and b"larger than 100 MB" in told.body


@check
def metadata_that_cannot_be_read_is_400(owner: Sender, _: Sender) -> bool:
    good = owner.metadata(CONTENT)
    crooked = ["key !!!", f"{good},key YWFh", pairs(key="k" * 10), good.replace("sha256", "sha257")]
    told = [owner.ask("POST", upload_length=3, upload_metadata=one) for one in crooked]
    return {one.status for one in told} == {400}


@check
def head_gives_the_metadata_back(owner: Sender, _: Sender) -> bool:
    told = owner.metadata(CONTENT, filename="ñ صورة.jpg")
    made = owner.ask("POST", upload_length=len(CONTENT), upload_metadata=told)
    return owner.head(made.headers["location"]).headers["upload-metadata"] == told


@check
def head_tells_offset_and_length_and_is_not_kept(owner: Sender, _: Sender) -> bool:
    told = owner.head(owner.begin(CONTENT))
    return (
        told.status == 200
        and told.offset == 0
        and told.headers["upload-length"] == str(len(CONTENT))
        and told.headers["cache-control"] == "no-store"
        and told.body == b""
    )


@check
def head_of_nothing_is_404_without_offset(owner: Sender, _: Sender) -> bool:
    told = owner.head(f"{BASE}/{UUID(int=5)}")
    return told.status == 404 and "upload-offset" not in told.headers


@check
def patch_takes_pieces_and_tells_the_offset(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    first, second = owner.patch(path, CONTENT[:5000], 0), owner.patch(path, CONTENT[5000:], 5000)
    return (first.status, first.offset, second.status, second.offset) == (204, 5000, 204, len(CONTENT))


@check
def patch_at_another_offset_is_409_and_changes_nothing(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    told = owner.patch(path, CONTENT[10:20], 10)
    return told.status == 409 and owner.head(path).offset == 0


@check
def patch_of_another_type_is_415(owner: Sender, _: Sender) -> bool:
    told = owner.ask("PATCH", owner.begin(CONTENT), b"x", upload_offset=0, content_type="text/plain")
    return told.status == 415


@check
def patch_without_an_offset_is_400(owner: Sender, _: Sender) -> bool:
    return owner.ask("PATCH", owner.begin(CONTENT), b"x", content_type=CONTENT_TYPE).status == 400


@check
def patch_of_nothing_is_404(owner: Sender, _: Sender) -> bool:
    return owner.patch(f"{BASE}/{UUID(int=5)}", b"x", 0).status == 404


@check
def patch_beyond_the_length_is_413_and_changes_nothing(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    told = owner.patch(path, CONTENT + b"more", 0)
    return told.status == 413 and owner.head(path).offset == 0


@check
def an_empty_patch_is_204(owner: Sender, _: Sender) -> bool:
    told = owner.patch(owner.begin(CONTENT), b"", 0)
    return told.status == 204 and told.offset == 0


@check
def a_finished_upload_answers_again(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    owner.patch(path, CONTENT, 0)
    again = owner.patch(path, b"", len(CONTENT))
    return (
        again.status == 204
        and owner.head(path).offset == len(CONTENT)
        and owner.patch(path, b"x", 3).status == 409
    )


@check
def creation_with_the_first_bytes(owner: Sender, _: Sender) -> bool:
    told = owner.ask(
        "POST",
        body=CONTENT[:100],
        upload_length=len(CONTENT),
        upload_metadata=owner.metadata(CONTENT),
        content_type=CONTENT_TYPE,
    )
    return told.status == 201 and told.offset == 100 and owner.head(told.headers["location"]).offset == 100


@check
def creation_with_everything_finishes(owner: Sender, _: Sender) -> bool:
    told = owner.ask(
        "POST",
        body=CONTENT,
        upload_length=len(CONTENT),
        upload_metadata=owner.metadata(CONTENT),
        content_type=CONTENT_TYPE,
    )
    return told.status == 201 and told.offset == len(CONTENT)


@check
def the_same_key_is_the_same_upload(owner: Sender, _: Sender) -> bool:
    return owner.begin(CONTENT, key="one-and-only") == owner.begin(CONTENT, key="one-and-only")


@check
def a_right_checksum_is_taken(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    one = owner.patch(path, CONTENT[:99], 0, upload_checksum=checksum(CONTENT[:99]))
    two = owner.patch(path, CONTENT[99:], 99, upload_checksum=checksum(CONTENT[99:], "sha256"))
    return (one.status, two.status) == (204, 204)


@check
def a_wrong_checksum_is_460_and_its_bytes_are_dropped(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    told = owner.patch(path, CONTENT[:99], 0, upload_checksum=checksum(b"other"))
    return told.status == 460 and owner.head(path).offset == 0


@check
def an_unknown_checksum_is_400(owner: Sender, _: Sender) -> bool:
    told = owner.patch(owner.begin(CONTENT), CONTENT[:9], 0, upload_checksum="crc32 AAAA")
    return told.status == 400


@check
def the_end_of_life_is_told(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    return all(
        one.headers["upload-expires"].endswith("GMT")
        for one in (owner.patch(path, b"\0", 0), owner.head(path))
    )


@check
def termination_is_204_and_then_it_is_gone(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    told = owner.ask("DELETE", path)
    return told.status == 204 and owner.head(path).status == 404 and owner.patch(path, b"x", 0).status == 404


@check
def another_method_may_be_meant(owner: Sender, _: Sender) -> bool:
    path = owner.begin(CONTENT)
    told = owner.ask(
        "POST", path, b"\0", upload_offset=0, content_type=CONTENT_TYPE, x_http_method_override="PATCH"
    )
    return told.status == 204 and told.offset == 1


@check
def strangers_find_nothing_by_any_verb(owner: Sender, stranger: Sender) -> bool:
    path = owner.begin(CONTENT)
    told = [stranger.head(path), stranger.patch(path, CONTENT, 0), stranger.ask("DELETE", path)]
    made = stranger.ask("POST", upload_length=9, upload_metadata=owner.metadata(b"x" * 9))
    return {one.status for one in (*told, made)} == {404} and owner.head(path).offset == 0


def send_through(proxy: Chaos, owner: Sender, content: bytes) -> list[float]:
    """Send a file over a line that breaks, as a browser does; return how long each new beginning took, in seconds."""
    path = owner.begin(content)
    rude = Sender(proxy.port, owner.person, owner.patient_id, origin_port=owner.port)
    recoveries: list[float] = []
    for _ in range(len(proxy.faults) * 2 + 10):
        began = time.monotonic()
        offset = owner.head(path).offset
        recoveries.append(time.monotonic() - began)
        if offset == len(content):
            return recoveries
        with suppress(OSError, http.client.HTTPException):
            rude.patch(path, content[offset:], offset)
    raise AssertionError("the file never arrived")


def brave(owner: Sender, people: People, *, times: int, length: int, seed: int) -> None:
    content = random.Random(seed).randbytes(length)
    faults = [Fault.CUT, Fault.HALF_OPEN, Fault.STALL, Fault.CUT, Fault.HALF_OPEN] * (times // 5)
    share = length // (times + 1)
    with chaos(owner.port, faults, seed=seed, after_bytes=(share // 2, share)) as proxy:
        recoveries = send_through(proxy, owner, content)
        assert sorted(proxy.met, key=str) == sorted(faults, key=str)
        extra = proxy.passed_bytes / length - 1
    with acting_in(people.organization.id):
        file = File.objects.get()
        assert blobs.open_blob(people.organization.id, file.sha256).read() == content
    assert extra <= 0.05, f"{extra:.1%} more bytes than the file has"
    assert max(recoveries) < 2, f"{max(recoveries):.2f} s to go on after a half-open line"


def test_twenty_breaks_lose_double_and_alter_nothing(owner: Sender, people: People) -> None:
    brave(owner, people, times=20, length=3_000_000, seed=20)


@pytest.mark.slow
def test_two_hundred_breaks_lose_double_and_alter_nothing(owner: Sender, people: People) -> None:
    brave(owner, people, times=200, length=30_000_000, seed=200)


def test_the_protocol(owner: Sender, people: People) -> None:
    stranger = Sender(owner.port, people.stranger, owner.patient_id)
    failed = [name for name, one in CHECKS.items() if not one(owner, stranger)]
    assert failed == []
    assert len(CHECKS) >= 31


def test_what_was_sent_is_kept_once_and_what_came_altered_is_sent_anew(owner: Sender, people: People) -> None:
    path = owner.begin(CONTENT)
    owner.patch(path, CONTENT, 0)
    with acting_in(people.organization.id):
        file = File.objects.get()
        assert (file.state, file.source, file.name) == (State.QUARANTINED, Source.TUS, "mole.jpg")
        assert blobs.open_blob(people.organization.id, file.sha256).read() == CONTENT
        with pytest.raises(drafts.DraftMissingError):
            drafts.Draft(people.organization.id, upload_of(path))

    path = owner.begin(CONTENT, key="altered-once", sha256=hashlib.sha256(CONTENT).hexdigest())
    told = owner.patch(path, CONTENT[::-1], 0)
    assert (told.status, b"altered" in told.body) == (460, True)
    assert owner.head(path).status == 410
    again = owner.begin(CONTENT, key="altered-once", sha256=hashlib.sha256(CONTENT).hexdigest(), anyway="yes")
    assert owner.patch(again, CONTENT, 0).status == 204
    with acting_in(people.organization.id):
        assert sorted(File.objects.values_list("is_sent_anyway", flat=True)) == [False, True]


def test_quotas_a_full_disk_and_the_end_of_a_week(
    owner: Sender, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = owner.begin(CONTENT)
    with monkeypatch.context() as patched:
        patched.setattr(rules, "PERSON_QUOTA_BYTES", len(CONTENT) + 10)
        told = owner.ask("POST", upload_length=20, upload_metadata=owner.metadata(b"x" * 20))
        assert (told.status, b"no more fits" in told.body) == (413, True)
    with monkeypatch.context() as patched:
        patched.setattr(drafts, "free_bytes", lambda: rules.SPARE_DISK_BYTES)
        told = owner.ask("POST", upload_length=20, upload_metadata=owner.metadata(b"x" * 20))
        assert (told.status, b"no room left" in told.body) == (507, True)

    def full(*_: object) -> None:
        raise drafts.DiskFullError

    assert owner.patch(path, CONTENT[:100], 0).status == 204
    with monkeypatch.context() as patched:
        patched.setattr(drafts.Draft, "append", full)
        assert owner.patch(path, CONTENT[100:], 100).status == 507
    assert owner.head(path).offset == 100
    assert owner.patch(path, CONTENT[100:], 100).status == 204

    path = owner.begin(CONTENT)
    with acting_in(people.organization.id):
        Upload.objects.filter(pk=upload_of(path)).update(expires_at=clock.now() - timedelta(seconds=1))
    assert owner.head(path).status == 410
    with acting_in(people.organization.id):
        swept = uploads.sweep_uploads(people.organization.id, clock.now() + timedelta(hours=2))
        assert (swept, Upload.objects.get(pk=upload_of(path)).state) == (1, "expired")
    assert owner.head(path).status == 410


def test_signed_out_in_between_nothing_is_lost(owner: Sender, people: People) -> None:
    path = owner.begin(CONTENT)
    owner.patch(path, CONTENT[:5000], 0)
    nobody = Sender(owner.port, None, owner.patient_id)
    assert {one.status for one in (nobody.head(path), nobody.patch(path, b"x", 5000))} == {401}
    forged = owner.patch(path, b"x", 5000, x_csrftoken="b" * 32)
    foreign = owner.patch(path, b"x", 5000, origin="https://elsewhere.example")
    assert {forged.status, foreign.status} == {403}
    people.patient._client = None  # signs in again
    assert owner.head(path).offset == 5000
    assert owner.patch(path, CONTENT[5000:], 5000).status == 204
