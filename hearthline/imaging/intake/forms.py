"""Forms of the photo pages."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hearthline.foundation.ids import new_id
from hearthline.imaging.intake.choices import BodySite, Chaperone, Laterality, View
from hearthline.imaging.intake.models import NAME_LENGTH, WORDS_LENGTH

KEY_PATTERN = r"^[A-Za-z0-9-]{8,64}$"


class PlaceForm(forms.Form):
    """Where on the body, which side, and how private it is."""

    body_site = forms.ChoiceField(
        label=_("Where on the body?"), choices=[("", _("Choose")), *BodySite.choices]
    )
    laterality = forms.ChoiceField(
        label=_("Which side?"),
        help_text=_("Your own left and right, not as in a mirror."),
        choices=Laterality.choices,
        widget=forms.RadioSelect,
    )
    is_sensitive = forms.BooleanField(
        label=_("Cover these photos until somebody asks to see them"), required=False
    )
    chaperone = forms.ChoiceField(
        label=_("For an intimate photo: is somebody with you?"),
        help_text=_("You may have a person you trust there. Nobody has to."),
        choices=[
            (Chaperone.NOT_NEEDED.value, _("It is not an intimate photo")),
            (Chaperone.ALONE.value, Chaperone.ALONE.label),
            (Chaperone.PRESENT.value, Chaperone.PRESENT.label),
            (Chaperone.DECLINED.value, Chaperone.DECLINED.label),
        ],
        initial=Chaperone.NOT_NEEDED.value,
        widget=forms.RadioSelect,
    )
    chaperone_name = forms.CharField(label=_("Who is there?"), max_length=NAME_LENGTH, required=False)
    key = forms.RegexField(KEY_PATTERN, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, place: Mapping[str, str] | None = None) -> None:
        known = {name: (place or {}).get(name, "") for name in ("body_site", "laterality")}
        super().__init__(data, initial={"key": str(new_id()), **known})
        self.place_words = ""
        if all(known.values()):
            self.place_words = (
                f"{BodySite(known['body_site']).label}, {Laterality(known['laterality']).label}"
            )
            for name in known:
                self.fields[name].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        """Ask for the name of whoever is there."""
        cleaned = super().clean() or {}
        if cleaned.get("chaperone") == Chaperone.PRESENT and not cleaned.get("chaperone_name", "").strip():
            self.add_error("chaperone_name", _("Write who is there."))
        return cleaned


class PhotoForm(forms.Form):
    """One photo, sent without script."""

    photo = forms.FileField(
        label=_("Photo"),
        allow_empty_file=True,
        widget=forms.FileInput(
            attrs={"accept": "image/*,application/pdf,video/mp4", "capture": "environment"}
        ),
    )
    view = forms.ChoiceField(choices=View.choices, widget=forms.HiddenInput)
    key = forms.RegexField(KEY_PATTERN, widget=forms.HiddenInput)


class WordsForm(forms.Form):
    """What the person wants to say."""

    words = forms.CharField(
        label=_("What should we know?"),
        help_text=_("When it began, how it changed, what helps. Any language."),
        max_length=WORDS_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
