import copy
from collections.abc import Iterator
from typing import Any, ClassVar, cast

import psycopg
import pytest
from django import forms
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from hearthline.foundation.crypto import CryptographyError, EncryptedTextField, key_store
from hearthline.foundation.ids import new_id

with isolate_apps("hearthline.foundation"):

    class Letter(models.Model):
        id = models.UUIDField(primary_key=True, default=new_id)
        organization_id = models.UUIDField()
        title = models.CharField(max_length=50, blank=True)
        body = EncryptedTextField(max_length=40)
        remark = EncryptedTextField(max_length=400, blank=True)
        answer = EncryptedTextField(null=True, blank=True)
        objects: ClassVar[models.Manager["Letter"]] = models.Manager()

        class Meta:
            app_label = "foundation"
            db_table = "test_letter"

    class Loose(models.Model):
        body = EncryptedTextField(unique=True)

        class Meta:
            app_label = "foundation"


LetterForm = forms.modelform_factory(Letter, fields=["title", "body", "remark"])


@pytest.fixture
def table(owner: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    owner.execute(
        "CREATE TABLE test_letter (id uuid PRIMARY KEY, organization_id uuid NOT NULL, title text NOT NULL, "
        "body bytea NOT NULL, remark bytea NOT NULL, answer bytea)"
    )
    owner.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON test_letter TO hearthline_app")
    yield owner
    connection.close()
    owner.execute("DROP TABLE test_letter")


@pytest.fixture
def letter(table: object) -> Letter:
    return Letter.objects.create(organization_id=new_id(), title="t", body="chest pain", remark="")


def _stored(letter: Letter, column: str = "body") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM test_letter WHERE id = %s", [letter.pk])  # noqa: S608
        return bytes(cursor.fetchone()[0])


def _store(letter: Letter, stored: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE test_letter SET body = %s WHERE id = %s", [stored, letter.pk])


def test_reads_back_what_was_written_and_stores_no_text(letter: Letter) -> None:
    assert letter.body == "chest pain"
    assert b"chest" not in _stored(letter)
    loaded = Letter.objects.get(pk=letter.pk)
    assert (loaded.body, loaded.remark, loaded.answer) == ("chest pain", "", None)
    assert len(_stored(letter, "remark")) > 0


def test_saves_reloads_defers_and_copies(letter: Letter) -> None:
    loaded = Letter.objects.get(pk=letter.pk)
    loaded.body = "no pain"
    loaded.title = "unsaved"
    loaded.save(update_fields=["body"])
    letter.refresh_from_db()
    assert (letter.body, letter.title) == ("no pain", "t")
    assert Letter.objects.only("title").get().body == "no pain"
    assert Letter.objects.defer("body").get().body == "no pain"
    assert Letter.objects.only("body").get().body == "no pain"
    untouched = Letter.objects.get()
    twin = Letter()
    twin.__dict__.update(copy.deepcopy(untouched.__dict__))  # what copying and pickling a row carry over
    assert twin.body == "no pain"
    untouched.save()
    assert Letter.objects.get().body == "no pain"
    assert Letter.objects.filter(answer__isnull=True).count() == 1
    untouched.answer = "yes"
    untouched.save()
    assert Letter.objects.filter(answer__isnull=False).get().answer == "yes"


def test_bulk_create_seals_each_row(table: object) -> None:
    organization_id = new_id()
    made = [Letter(organization_id=organization_id, body=f"text {number}") for number in range(3)]
    Letter.objects.bulk_create(made)
    assert sorted(letter.body for letter in Letter.objects.all()) == ["text 0", "text 1", "text 2"]


def test_a_value_moved_to_another_row_column_or_organization_does_not_open(letter: Letter) -> None:
    other = Letter.objects.create(organization_id=letter.organization_id, body="other")
    foreign = Letter.objects.create(organization_id=new_id(), body="foreign")
    for moved in (
        _stored(other),
        _stored(foreign),
        _stored(letter, "remark"),
        b"",
        _stored(letter)[:-1] + b"\0",
    ):
        _store(letter, moved)
        loaded = Letter.objects.get(pk=letter.pk)
        with pytest.raises(CryptographyError):
            _ = loaded.body
        with pytest.raises(CryptographyError), transaction.atomic():
            loaded.save()


def test_a_row_handed_to_another_organization_does_not_open(letter: Letter) -> None:
    organization_id = new_id()
    Letter.objects.create(organization_id=organization_id, body="x")
    Letter.objects.filter(pk=letter.pk).update(organization_id=organization_id)
    with pytest.raises(CryptographyError):
        _ = Letter.objects.get(pk=letter.pk).body


def test_refuses_searches_and_reads_that_would_touch_ciphertext(letter: Letter) -> None:
    for attempt in (
        lambda: Letter.objects.filter(body="chest pain").exists(),
        lambda: Letter.objects.filter(body__contains="chest").exists(),
        lambda: Letter.objects.filter(title="t").update(body="new"),
        lambda: Letter.objects.bulk_update([letter], ["body"]),
        lambda: str(Letter.objects.values_list("body", flat=True)[0]),
        lambda: Letter.objects.values("body")[0]["body"] == "chest pain",
        lambda: f"{Letter.objects.annotate(other=models.F('body')).get().other}",  # type: ignore[attr-defined]
    ):
        with pytest.raises(FieldError, match="encrypted"), transaction.atomic():
            attempt()
    assert repr(Letter.objects.values("body")[0]) == "{'body': <Sealed>}"


def test_forms_show_the_text_and_hold_the_limits(letter: Letter) -> None:
    form = LetterForm(instance=Letter.objects.get())
    assert "chest pain" in str(form["body"])
    assert isinstance(form.fields["body"].widget, forms.TextInput)
    assert isinstance(form.fields["remark"].widget, forms.Textarea)
    changed = LetterForm({"title": "t", "body": "much better"}, instance=Letter.objects.get())
    assert changed.is_valid()
    changed.save()
    assert Letter.objects.get().body == "much better"
    for body in ("", "x" * 41, "a\0b"):
        assert "body" in LetterForm({"title": "t", "body": body}).errors


def test_save_refuses_what_a_form_would(letter: Letter) -> None:
    letter.body = "x" * 41
    with pytest.raises(ValidationError), transaction.atomic():
        letter.save()
    letter.body = cast("str", 5)
    with pytest.raises(CryptographyError), transaction.atomic():
        letter.save()
    with pytest.raises(CryptographyError, match="organization_id"):
        Letter(body="x").save()


def test_old_rows_open_after_rotation_and_saving_seals_with_the_new_key(letter: Letter) -> None:
    before = _stored(letter)
    key_store().rotate(letter.organization_id)
    loaded = Letter.objects.get()
    assert loaded.body == "chest pain"
    loaded.save()
    assert _stored(letter)[:5] != before[:5]
    assert Letter.objects.get().body == "chest pain"


def test_checks_refuse_a_model_that_cannot_bind_a_value_to_its_row() -> None:
    assert not [found for found in Letter._meta.get_field("body").check() if found.id]
    found = {message.id for message in Loose._meta.get_field("body").check()}
    assert {"foundation.E001", "foundation.E002"} <= found
