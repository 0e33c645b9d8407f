"""What the page that connects to devices says, in plain words."""

from typing import Any

from django.utils.translation import gettext as _

from hearthline.monitoring.home.units import LABELS
from hearthline.monitoring.readings.metrics import METRICS


def page_words() -> dict[str, Any]:
    """Return the sentences of the page's script."""
    return {
        "pressure": _("Blood pressure"),
        "metrics": {metric.code: str(metric.label) for metric in METRICS} | {"glucose": _("Blood sugar")},
        "units": LABELS,
        "choosing": _("Choose your device in the list of the browser."),
        "closed": _("No device was chosen. Turn the device on, hold it near, and try again."),
        "connecting": _("Connecting …"),
        "failed": _("It did not work. Turn the device off and on, hold it near, and try again."),
        "read": _("Your device sent a reading."),
        "sent": _("The clinic has your reading."),
        "dropped": _("We did not keep it."),
        "isThisYou": _("Is this you? Somebody else may have used the device."),
        "states": {
            "saved": _("Saved"),
            "waiting": _("Waiting to be sent"),
            "ask": _("Is this you?"),
            "refused": _("Not saved"),
        },
        "connection": {
            "listening": _("Connected. Measure now, and wait for the number."),
            "stored": _("We have all that your device had stored."),
            "unreadable": _("Your device sent something that we could not read. Measure again."),
            "gone": _("The device is off now. Connect it again for the next reading."),
            "unknown": _("This device does not speak a language that we know. Type the number in."),
        },
        "problems": {
            "offline": _("No network. Your reading is safe here. We send it when you are back online."),
            "signed-out": _(
                "You were signed out. Sign in again, then open this page: your reading is still here."
            ),
            "refused": _("The clinic could not take this. Load the page again, or type the number in."),
        },
        "faults": _fault_words(),
    }


def _fault_words() -> dict[str, str]:
    return {
        "no-value": _("The device had no number this time. Measure again."),
        "control-solution": _("That was test liquid, not blood. We did not keep it."),
        "strip": _("There was a problem with the test strip. Take a new one and measure again."),
        "sample": _("There was not enough blood. Take a new strip and measure again."),
        "too-warm": _("The meter is too warm. Let it cool down and measure again."),
        "too-cold": _("The meter is too cold. Let it warm up and measure again."),
        "demonstration": _("The device shows sample numbers, not yours. Turn that off and measure again."),
        "off": _("Your finger was not in place. Put it in and hold still."),
        "no-pulse": _("The device found no pulse. Warm your hand and hold still."),
        "stopped": _("The sensor has stopped. Put on a new one."),
        "damaged": _("The reading was damaged on its way. Measure again."),
        "other": _("The device says that something went wrong. Measure again."),
    }
