"""A text column that the database only ever sees encrypted."""

import zlib
from typing import TYPE_CHECKING, Any, Never, TypeVar
from uuid import UUID

from django import forms
from django.core import checks
from django.core.exceptions import FieldError, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext as _

from hearthline.foundation.crypto.envelope import seal, unseal
from hearthline.foundation.crypto.errors import CryptographyError
from hearthline.foundation.crypto.keystore import Purpose

DEFAULT_MAX_LENGTH = 10_000
ONE_LINE_LENGTH = 255
COMPRESSION_LEVEL = 3  # of zlib: a third of the time of its default, a few percent larger

Written_contra = TypeVar("Written_contra", contravariant=True)
Read_co = TypeVar("Read_co", covariant=True)

if TYPE_CHECKING:
    TextColumn = models.TextField
else:

    class TextColumn(models.Field):
        """Lets the type checker know what is read and written (``str``, or with ``null=True`` also None)."""

        __class_getitem__ = classmethod(lambda cls, _: cls)


class Sealed:
    """A value as the database holds it. It opens only through the attribute of the row it belongs to."""

    __slots__ = ("stored",)

    def __init__(self, stored: bytes) -> None:
        self.stored = stored

    def __repr__(self) -> str:
        return "<Sealed>"

    def _refuse(self, *_: object) -> Never:
        message = "an encrypted column is read as an attribute of its row, not by values() or an annotation"
        raise FieldError(message)

    __str__ = __bytes__ = __len__ = __iter__ = __format__ = __eq__ = __hash__ = _refuse


class DecryptingAttribute(DeferredAttribute):
    """Opens a loaded value at first access; what was assigned stays as it is until it is saved."""

    field: "EncryptedTextField[Any, Any]"

    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        """Return the text of this row.

        Raises:
            CryptographyError: the value was tampered with or belongs to another row.
        """
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, Sealed):
            value = self.field.open(instance, value)
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: models.Model, value: object) -> None:
        instance.__dict__[self.field.attname] = value


class EncryptedTextField(TextColumn[Written_contra, Read_co]):
    """Text encrypted for one row: bound to its organization, table, column and primary key.

    The model has a UUID primary key and ``organization_id``. The column cannot be filtered (except by
    ``isnull``), updated by ``update()`` or read by ``values()``; for a look-up keep a ``blind_index`` beside it.
    Renaming the table or column needs its values sealed again.
    """

    descriptor_class = DecryptingAttribute
    description = "Encrypted text"
    db_index: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", DEFAULT_MAX_LENGTH)
        super().__init__(*args, **kwargs)
        self.validators.append(MaxLengthValidator(self._limit))

    @property
    def _limit(self) -> int:
        return self.max_length or DEFAULT_MAX_LENGTH

    def get_internal_type(self) -> str:
        return "BinaryField"

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        names = {field.attname for field in self.model._meta.concrete_fields}
        if "organization_id" not in names or not isinstance(self.model._meta.pk, models.UUIDField):
            hint = "Derive the model from foundation.models.TenantModel."
            message = "An encrypted field needs a UUID primary key and organization_id on its model."
            found.append(checks.Error(message, hint=hint, obj=self, id="foundation.E001"))
        if self.primary_key or self.unique or self.db_index:
            message = "An encrypted field cannot be a key, unique or indexed."
            found.append(
                checks.Error(message, hint="Keep a blind_index beside it.", obj=self, id="foundation.E002")
            )
        return found

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        message = f"{self.name} is encrypted and cannot be searched; keep a blind_index beside it"
        raise FieldError(message)

    def to_python(self, value: Any) -> str | None:
        return value if value is None or isinstance(value, str) else str(value)

    def from_db_value(self, value: bytes | memoryview | None, *_: object) -> Sealed | None:
        """Keep what the database holds sealed until somebody reads the attribute."""
        return None if value is None else Sealed(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        """Seal the row's text for its place."""
        text = getattr(model_instance, self.attname)
        if text is None:
            return None
        if not isinstance(text, str):
            message = f"{self.name} holds text, not {type(text).__name__}"
            raise CryptographyError(message)
        if len(text) > self._limit:
            message = _("Use at most %(limit)d characters.") % {"limit": self._limit}
            raise ValidationError({self.name: message})
        organization_id, context = self._place(model_instance)
        return Sealed(seal(organization_id, Purpose.FIELDS, self._packed(text), context=context))

    def get_prep_value(self, value: Any) -> Any:
        if value is None or isinstance(value, Sealed):
            return value
        message = f"{self.name} is encrypted for its row: assign it and save() the row"
        raise FieldError(message)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> bytes | None:
        sealed = self.get_prep_value(value)
        return None if sealed is None else bytes(sealed.stored)

    def formfield(self, **kwargs: Any) -> Any:
        is_long = self._limit > ONE_LINE_LENGTH
        defaults = {"max_length": self._limit, "widget": forms.Textarea if is_long else forms.TextInput}
        return super().formfield(**{**defaults, **kwargs})

    def open(self, instance: object, sealed: Sealed) -> str:
        """Return the text that was sealed for this row; for many rows of which nothing else is wanted."""
        organization_id, context = self._place(instance)
        return self._unpacked(unseal(organization_id, Purpose.FIELDS, sealed.stored, context=context))

    def _packed(self, text: str) -> bytes:
        return text.encode()

    def _unpacked(self, plain: bytes) -> str:
        return plain.decode()

    def _place(self, instance: object) -> tuple[UUID, str]:
        organization_id = getattr(instance, "organization_id", None)
        pk = getattr(instance, "pk", None)
        if not isinstance(organization_id, UUID) or not isinstance(pk, UUID):
            message = f"{self.name} needs the row's organization_id and primary key first, both UUIDs"
            raise CryptographyError(message)
        return organization_id, f"{self.model._meta.db_table}|{self.column}|{pk}"


class CompressedTextField(EncryptedTextField[Written_contra, Read_co]):
    """As ``EncryptedTextField``, for long text that is kept often: compressed before it is sealed.

    Not for text in which a stranger's words stand beside a secret of ours: the length would tell of it.
    """

    description = "Encrypted text, compressed"

    def _packed(self, text: str) -> bytes:
        return zlib.compress(text.encode(), level=COMPRESSION_LEVEL)

    def _unpacked(self, plain: bytes) -> str:
        return zlib.decompress(plain).decode()
