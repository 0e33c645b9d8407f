"""What people type into messages, and the files they add."""

from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from hearthline.directory.models import Patient
from hearthline.foundation.ids import new_id
from hearthline.foundation.uploads import UploadRefusedError, receive_document
from hearthline.identity.models import Membership
from hearthline.messaging.conversations import MAX_FILES, File
from hearthline.messaging.models import RoutingPool
from hearthline.messaging.models.threads import KEY_LENGTH, NOTE_LENGTH, SUBJECT_LENGTH, TEXT_LENGTH


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Some pictures or PDFs; each is opened and cleaned in the sandbox before anything is kept."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[File]:
        """Return the files that may be kept, or say which one may not and what to do."""
        uploaded: list[UploadedFile[Any]] = [one for one in data or [] if one]
        if len(uploaded) > MAX_FILES:
            raise forms.ValidationError(_("Send at most %(limit)d files at a time.") % {"limit": MAX_FILES})
        files = []
        for one in uploaded:
            try:
                files.append(File(name=one.name or "", upload=receive_document(one)))
            except UploadRefusedError as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return files


class PatientField(forms.ModelChoiceField[Patient]):
    def label_from_instance(self, obj: Patient) -> str:
        """Return the patient's name."""
        return obj.full_name


class ColleagueField(forms.ModelChoiceField[Membership]):
    def label_from_instance(self, obj: Membership) -> str:
        """Return the colleague's name."""
        return obj.user.name


class WritingForm(forms.Form):
    """Words and files. ``key`` makes a second press harmless, ``ticket`` keeps the words when the session ended."""

    text = forms.CharField(
        label=_("Your message"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
    )
    attachments = FilesField(
        label=_("Pictures or PDFs"),
        required=False,
        help_text=_("Up to 4 files. JPEG, PNG or WebP pictures, or a PDF of up to 20 MB."),
    )
    key = forms.CharField(max_length=KEY_LENGTH, required=False, widget=forms.HiddenInput)
    ticket = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput)

    def clean_key(self) -> str:
        """Return the key, or a fresh one for a form that came without."""
        key = str(self.cleaned_data["key"])
        return key or str(new_id())


class StaffWritingForm(WritingForm):
    """As ``WritingForm``, with notes that only colleagues see."""

    is_internal = forms.BooleanField(
        label=_("Note for colleagues only: the patient does not see it"), required=False
    )
    field_order = ["text", "is_internal", "attachments"]


class NewThreadForm(WritingForm):
    """A conversation that begins: for whom, to whom, about what."""

    patient = PatientField(label=_("For whom"), queryset=Patient.objects.none(), empty_label=None)
    pool = forms.ModelChoiceField(
        label=_("To whom"), queryset=RoutingPool.objects.none(), empty_label=None, widget=forms.RadioSelect
    )
    subject = forms.CharField(label=_("What is it about?"), max_length=SUBJECT_LENGTH)
    field_order = ["patient", "pool", "subject", "text", "attachments"]

    def __init__(self, *args: Any, patients: Any, pools: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        patient = cast("PatientField", self.fields["patient"])
        pool = cast("forms.ModelChoiceField[RoutingPool]", self.fields["pool"])
        patient.queryset, pool.queryset = patients, pools
        if len(patients) == 1:
            patient.initial, patient.widget = patients[0], forms.HiddenInput()


class HandOverForm(forms.Form):
    """To whom a conversation goes, and what they should know."""

    pool = forms.ModelChoiceField(label=_("Team"), queryset=RoutingPool.objects.none(), empty_label=None)
    to = ColleagueField(
        label=_("Person"),
        queryset=Membership.objects.none(),
        required=False,
        empty_label=_("Anyone of the team"),
    )
    note = forms.CharField(
        label=_("Note for colleagues"),
        max_length=NOTE_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, pools: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pool = cast("forms.ModelChoiceField[RoutingPool]", self.fields["pool"])
        to = cast("ColleagueField", self.fields["to"])
        pool.queryset, to.queryset = pools, members
