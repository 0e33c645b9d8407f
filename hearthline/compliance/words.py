"""What an act in the audit means, in words for the person whose record it is."""

from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hearthline.compliance.models import BreakGlass

CHART = "chart"
AREAS = {
    "allergy": CHART,
    "chart": CHART,
    "condition": CHART,
    "consult": CHART,
    "document": CHART,
    "encounter": CHART,
    "medication": CHART,
    "note": CHART,
    "problem": CHART,
    "questionnaire": CHART,
    "summary": CHART,
    "vitalsign": CHART,
    "appointment": "appointments",
    "walk_in": "appointments",
    "visit": "visits",
    "admission": "visits",
    "participant": "visits",
    "segment": "visits",
    "attachment": "messages",
    "message": "messages",
    "thread": "messages",
    "notification": "messages",
    "break_glass": "emergency",
    "audit": "audit",
}
READING = {"read", "seen", "search", "searched", "listed", "downloaded", "printed", "exported"}
SENTENCES = {
    (CHART, True): gettext_lazy("Looked at your chart"),
    (CHART, False): gettext_lazy("Wrote in your chart"),
    ("appointments", True): gettext_lazy("Looked at your appointments"),
    ("appointments", False): gettext_lazy("Arranged an appointment"),
    ("visits", True): gettext_lazy("Looked at a visit of yours"),
    ("visits", False): gettext_lazy("Took part in a visit"),
    ("messages", True): gettext_lazy("Read messages with you"),
    ("messages", False): gettext_lazy("Wrote to you"),
    ("emergency", True): gettext_lazy("Opened your record in an emergency"),
    ("emergency", False): gettext_lazy("Opened your record in an emergency"),
    ("audit", True): gettext_lazy("Checked who has used your record"),
    ("audit", False): gettext_lazy("Checked who has used your record"),
    ("details", True): gettext_lazy("Looked at your personal details"),
    ("details", False): gettext_lazy("Changed your personal details"),
}


def sentences(actions: Iterable[str]) -> list[str]:
    """Return what the acts were, each once, in a steady order."""
    found = set()
    for action in actions:
        thing, _separator, verb = action.partition(".")
        found.add((AREAS.get(thing, "details"), verb in READING))
    return list(dict.fromkeys(str(words) for key, words in SENTENCES.items() if key in found))


def cause(code: str) -> str:
    """Return why a record was opened in an emergency."""
    labels = dict(BreakGlass.Cause.choices)
    return str(labels.get(code, _("An emergency")))
