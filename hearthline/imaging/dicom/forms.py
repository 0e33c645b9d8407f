"""Forms about images: whose they are, who else may see them, which machines send them."""

import re
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from hearthline.directory.access import Purpose, get_patient_for
from hearthline.foundation import clock
from hearthline.identity.actor import Actor
from hearthline.identity.models import Membership
from hearthline.identity.roles import CARE_TEAM_ROLES, Role
from hearthline.imaging.dicom.models import Grant, Hold, Study
from hearthline.imaging.dicom.models.grants import AE_LENGTH, NAME_LENGTH
from hearthline.imaging.dicom.models.holds import REASON_LENGTH

MOST_YEARS = 10
BOXES_LENGTH = 600


class DecisionForm(forms.Form):
    """What is to become of held images, and why."""

    ACCEPT, MOVE, REFUSE, UNDO = "accept", "move", "refuse", "undo"

    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    patient = forms.CharField(
        label=_("Patient whose images these are"),
        help_text=_("Only for “another patient”: the address of the patient's chart, or its number in it."),
        required=False,
        max_length=200,
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("How you know: whom you asked, what you compared."),
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, actor: Actor, hold: Hold, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        choices = [
            (self.MOVE, _("These are another patient's images")),
            (self.REFUSE, _("Show them to nobody")),
        ]
        if hold.expected_patient_id is not None:
            choices.insert(0, (self.ACCEPT, _("They are the expected patient's, though the header differs")))
        if hold.state != Hold.State.OPEN:
            choices = [(self.UNDO, _("Take the decision back: hold the images again"))]
            del self.fields["patient"]
        self.fields["decision"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Find the patient that a move names."""
        found = super().clean() or {}
        if found.get("decision") == self.MOVE:
            found["patient"] = self._patient(str(found.get("patient", "")))
        return found

    def _patient(self, text: str) -> Any:
        for part in text.replace("?", "/").split("/"):
            try:
                return get_patient_for(self.actor, UUID(part.strip()), Purpose.RECORD)
            except (ValueError, Http404):
                continue
        message = _(
            "Open the patient's chart, copy its address and paste it here. You can choose only patients you may see."
        )
        raise ValidationError({"patient": message})


def _reason(help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        help_text=help_text,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _within_reach(day: date) -> None:
    if day.year > clock.now().year + MOST_YEARS:
        raise ValidationError(_("Choose a day within ten years."))


def _last_day() -> forms.DateField:
    return forms.DateField(
        label=_("Last day"),
        help_text=_("Empty: until somebody ends it."),
        required=False,
        validators=[_within_reach],
        widget=forms.DateInput(attrs={"type": "date"}),
    )


class ReasonForm(forms.Form):
    """Why it is done."""

    reason = _reason()


class CorrectionForm(forms.Form):
    """What is wrong with a study, and how one knows."""

    QUESTION, TAKE_BACK, RESTORE = "question", "take_back", "restore"

    what = forms.ChoiceField(label=_("What is to be done"), widget=forms.RadioSelect)
    reason = _reason(_("How you know: whom you asked, what you compared."))

    def __init__(self, *args: Any, is_shown: bool, is_taken_back: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = []
        if is_shown:
            choices = [
                (self.QUESTION, _("These are another patient's images: hold them until that is decided")),
                (self.TAKE_BACK, _("Show them no more; the originals stay")),
            ]
        if is_taken_back:
            choices.append((self.RESTORE, _("Show again what was taken back")))
        self.fields["what"].choices = choices  # type: ignore[attr-defined]


class GatewayForm(forms.Form):
    """A machine: by what it is known."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    calling_ae = forms.CharField(
        label=_("AE title of the machine (calling)"),
        help_text=_("Only for machines that send by the DICOM listener. Then all three are needed."),
        required=False,
        max_length=AE_LENGTH,
    )
    called_ae = forms.CharField(label=_("AE title of ours (called)"), required=False, max_length=AE_LENGTH)
    address = forms.GenericIPAddressField(label=_("IP address of the machine"), required=False)
    ends_at = _last_day()

    def clean(self) -> dict[str, Any]:
        """Ask for titles and address together: the listener knows its callers by all of them."""
        values = super().clean() or {}
        given = [bool(values.get(name)) for name in ("calling_ae", "called_ae", "address")]
        if any(given) and not all(given) and not self.errors:
            self.add_error("calling_ae", _("Give both titles and the address, or none of them."))
        return values


class RootForm(forms.Form):
    """What a machine may do with the images of this organization."""

    prefix = "root"  # it stands on a page with another form

    rights = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=Grant.Right.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With all images of this organization. Give no more than the machine needs."),
    )
    reason = _reason()
    ends_at = _last_day()


class ShareForm(forms.Form):
    """Who else is to see a patient's images, which, until when and why."""

    holder = forms.ChoiceField(label=_("Who may see them"))
    studies = forms.ModelMultipleChoiceField(
        label=_("Which"),
        help_text=_("None chosen: all images of this patient, later ones too."),
        queryset=Study.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    ends_at = _last_day()
    reason = _reason()

    def __init__(self, *args: Any, actor: Actor, studies: QuerySet[Study], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [role.value for role in CARE_TEAM_ROLES]
        members = Membership.objects.filter(
            organization_id=actor.organization_id, is_active=True, roles__overlap=names
        ).exclude(user=actor.user_id)
        people = [
            (str(one.user_id), one.user.name) for one in members.select_related("user").order_by("user__name")
        ]
        roles = [(role.value, role.label) for role in Role if role in CARE_TEAM_ROLES]
        field: Any = self.fields["holder"]
        field.choices = [(_("A person"), people), (_("Everybody with a role"), roles)]
        which: Any = self.fields["studies"]
        which.queryset = studies
        which.label_from_instance = _study_label

    def clean_holder(self) -> UUID | Role:
        """Return the person or role that was chosen."""
        value = str(self.cleaned_data["holder"])
        return Role(value) if value in CARE_TEAM_ROLES else UUID(value)


def _study_label(study: Study) -> str:
    words = study.description or " ".join(study.modalities) or study.study_uid
    return f"{words} ({study.study_date.isoformat()})" if study.study_date else words


class TeachingImageForm(forms.Form):
    """What a person saw in a picture that is to be given away."""

    CLEAN, BLANKED, LEFT_OUT = "clean", "blanked", "left_out"

    decision = forms.ChoiceField(
        label=_("What you saw"),
        choices=[
            (CLEAN, _("No words and no face: nothing in it tells whose it is")),
            (BLANKED, _("Blank these rectangles; nothing else in it tells whose it is")),
            (LEFT_OUT, _("Leave this picture out")),
        ],
        widget=forms.RadioSelect,
    )
    boxes = forms.CharField(
        label=_("Rectangles"),
        help_text=_(
            "One a line: left, top, width, height, in pixels from the upper left corner. Example: 0, 0, 320, 40"
        ),
        required=False,
        max_length=BOXES_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr"}),
    )

    def clean_boxes(self) -> list[list[int]]:
        """Return the rectangles as numbers."""
        found = []
        for line in str(self.cleaned_data["boxes"]).splitlines():
            if not line.strip():
                continue
            numbers = re.fullmatch(r"\s*(\d{1,5})[,;\s]+(\d{1,5})[,;\s]+(\d{1,5})[,;\s]+(\d{1,5})\s*", line)
            box = [int(number) for number in numbers.groups()] if numbers else []
            if not box or not box[2] or not box[3]:
                raise ValidationError(_("Write four whole numbers in each line: left, top, width, height."))
            found.append(box)
        return found

    def clean(self) -> dict[str, Any]:
        """Ask for rectangles where something is to be blanked, and for none elsewhere."""
        values = super().clean() or {}
        is_blanked = values.get("decision") == self.BLANKED
        if is_blanked and not values.get("boxes") and "boxes" not in self.errors:
            self.add_error("boxes", _("Say which rectangles are to be blanked."))
        return {**values, "boxes": values.get("boxes", []) if is_blanked else []}
