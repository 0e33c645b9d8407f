"""Forms about held images."""

from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from hearthline.directory.access import Purpose, get_patient_for
from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.models import Hold
from hearthline.imaging.dicom.models.holds import REASON_LENGTH


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
