"""What a value means, in plain words. Short sentences, no blame, and what to do next."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hearthline.monitoring.home.rules import Standing, Streak
from hearthline.monitoring.readings.pipeline.types import Outcome

TAGS = {
    Standing.NO_GOAL: "",
    Standing.GOOD: "ok",
    Standing.BELOW: "watch",
    Standing.ABOVE: "watch",
    Standing.CALL_LOW: "watch",
    Standing.CALL_HIGH: "watch",
    Standing.DANGER_LOW: "urgent",
    Standing.DANGER_HIGH: "urgent",
}


def headline(standing: Standing) -> str:
    """Return the two or three words of a tag."""
    words = {
        Standing.NO_GOAL: _("No goal yet"),
        Standing.GOOD: _("In your goal"),
        Standing.BELOW: _("Below your goal"),
        Standing.ABOVE: _("Above your goal"),
        Standing.CALL_LOW: _("Low"),
        Standing.CALL_HIGH: _("High"),
        Standing.DANGER_LOW: _("Very low"),
        Standing.DANGER_HIGH: _("Very high"),
    }
    return words[standing]


def sentence(kind: str, standing: Standing) -> str:
    """Return what it means and what to do, except in danger (``danger_steps``)."""
    if standing.is_danger:
        return _("This may be an emergency. Act now.")
    if standing.is_call:
        return _call_sentence(kind)
    words = {
        Standing.NO_GOAL: _("Your care team has not set a goal for this yet."),
        # A home device can be wrong: nothing here says "no need to call".
        Standing.GOOD: _("This is where you want to be. If you feel ill, call us all the same."),
        Standing.BELOW: _("A bit below your goal. Keep going, and measure again as planned."),
        Standing.ABOVE: _("A bit above your goal. Keep going, and measure again as planned."),
    }
    return words[standing]


def _call_sentence(kind: str) -> str:
    if kind == "oxygen":
        return _("Rest, warm your hand and measure again. If it stays so, call the clinic today.")
    if kind == "weight":
        return _("You gained weight fast. Call the clinic today.")
    if kind == "glucose":
        return _("Measure once more. If it stays so, do what your plan says and call the clinic today.")
    return _("Rest and measure again. If it stays so, call the clinic today.")


def danger_steps(kind: str, standing: Standing, number: str) -> list[str]:
    """Return the steps of a red state, with the emergency number of where the person lives.

    Low sugar: 15 g of sugar and again after 15 minutes (ADA Standards of Care). High pressure: repeat at rest, and
    symptoms make it an emergency (2025 AHA/ACC). Oxygen of 92 or less: emergency (NHS oximetry pathway).
    """
    if kind == "glucose":
        return [
            _("Eat or drink something sweet now, like half a cup of juice."),
            _("Measure again in 15 minutes."),
            _("If you feel faint or mixed up, or it stays low, call %(number)s.") % {"number": number},
        ]
    if kind == "oxygen":
        return [
            _("Sit up. Warm your hand. Measure again now."),
            _("If it stays this low, or it is hard to breathe, call %(number)s now.") % {"number": number},
        ]
    if kind == "blood-pressure" and standing is Standing.DANGER_HIGH:
        return [
            _(
                "Do you have chest pain, a very bad headache, a weak arm or face, or trouble to see, speak or breathe? "
                "Call %(number)s now."
            )
            % {"number": number},
            _(
                "If not: sit still for five minutes and measure again. If it stays so high, call the clinic now."
            ),
        ]
    return [
        _("Rest and measure again now."),
        _("If it stays so, or you feel very ill, call %(number)s now.") % {"number": number},
    ]


def streak_sentence(streak: Streak) -> str:
    """Return how often somebody measured, as good news."""
    if streak.count == 0:
        return _("Any day is a good day to start.")
    if streak.count == len(streak.days):
        return _("You measured on each of the last 7 days. Well done.")
    return ngettext(
        "You measured on %(count)d of the last 7 days. Each one helps.",
        "You measured on %(count)d of the last 7 days. Each one helps.",
        streak.count,
    ) % {"count": streak.count}


def outcome_sentence(outcome: Outcome) -> str:
    """Return what became of a reading, and what to do about it."""
    words = {
        Outcome.ACCEPTED: _("Saved."),
        Outcome.DUPLICATE: _("We have this reading already."),
        Outcome.CONFLICT: _(
            "We have another number for the same time. The first one stays. You can change it in the list."
        ),
        Outcome.UNKNOWN_PERSON: _("This device was not yours at that time. Ask the clinic."),
        Outcome.UNKNOWN_DEVICE: _("This device is not in use any more. Ask the clinic."),
        Outcome.IMPLAUSIBLE: _("This number cannot be right. Measure again."),
        Outcome.NO_VALUE: _("The device had no number. Measure again."),
        Outcome.BAD_TIME: _("The clock of the device is wrong. Set its date and time, and measure again."),
    }
    return words.get(outcome, _("We could not read this. Type it in, or call the clinic."))
