"""Why an alert is there, in one line for staff, from the facts that were stored with it."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from hearthline.monitoring.readings.flags import Flag
from hearthline.monitoring.readings.metrics import BY_CODE

MINUS = "\N{MINUS SIGN}"
MINUTES_A_DAY = 24 * 60
UNITS: dict[str, str | Promise] = {
    "mm[Hg]": "mmHg",
    "mg/dL": "mg/dL",
    "/min": gettext_lazy("per minute"),
    "kg": "kg",
    "%": "%",
    "Cel": "°C",
}
SYMPTOMS: dict[str, str | Promise] = {
    "headache": gettext_lazy("headache"),
    "vision": gettext_lazy("trouble seeing"),
    "chest-pain": gettext_lazy("chest pain"),
    "breathless": gettext_lazy("short of breath"),
    "upper-belly-pain": gettext_lazy("pain in the upper belly"),
    "swelling": gettext_lazy("swelling"),
    "dizzy": gettext_lazy("dizzy"),
    "confused": gettext_lazy("confused"),
    "fever": gettext_lazy("fever"),
    "cough": gettext_lazy("cough"),
}


def reason_line(facts: Mapping[str, Any]) -> str:
    """Return why, as "Upper blood pressure +18 mmHg over own baseline, 3 days, headache"."""
    metric = BY_CODE.get(str(facts.get("metric", "")))
    if metric is None:
        return _("Something needs a look")
    parts = [_measured(facts)]
    if facts.get("is_unconfirmed"):
        parts.append(_("no repeat came"))
    parts += [str(SYMPTOMS.get(code, code)) for code in facts.get("symptoms", ())]
    return ", ".join(parts)


def figure_words(metric_code: str, figure: float, *, is_signed: bool = False) -> str:
    """Return a figure of a metric with its unit, rounded as the metric is shown."""
    metric = BY_CODE[metric_code]
    number = number_format(abs(figure) if is_signed else figure, decimal_pos=metric.decimals)
    sign = (MINUS if figure < 0 else "+") if is_signed else ""
    return f"{sign}{number} {UNITS[metric.unit.ucum]}"


def _measured(facts: Mapping[str, Any]) -> str:
    code, kind = facts["metric"], facts.get("kind")
    label = str(BY_CODE[code].label)
    if kind == "silence":
        return _silence(facts, label)
    if kind == "score":
        return _("NEWS2 %(total)d, limit %(limit)d") % {
            "total": int(facts.get("figure", 0)),
            "limit": int(facts.get("limit", 0)),
        }
    if kind == "adherence":
        return _adherence(facts, label)
    figure = float(facts.get("figure", 0))
    values = {"metric": label, "figure": figure_words(code, figure)}
    if kind == "limit":
        return _limit(facts, values)
    if kind == "mean":
        values |= {"limit": figure_words(code, facts.get("limit", 0)), "days": facts.get("days", 0)}
        return _("%(metric)s %(figure)s on average over %(days)s days, limit %(limit)s") % values
    values["figure"] = figure_words(code, figure, is_signed=True)
    if kind == "trend":
        days = int(facts.get("recent_days", 1))
        ending = ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
        over = (
            _("%(metric)s %(figure)s over own baseline")
            if figure >= 0
            else _("%(metric)s %(figure)s under own baseline")
        )
        return f"{over % values}, {ending}"
    return f"{_('%(metric)s %(figure)s') % values} {_within(int(facts.get('within_minutes', 0)))}"


def _limit(facts: Mapping[str, Any], values: dict[str, Any]) -> str:
    values = values | {"limit": figure_words(facts["metric"], facts.get("limit", 0))}
    flags = int(facts.get("flags", 0))
    if flags & Flag.LOW:
        return _("%(metric)s below what the device can measure") % values
    if flags & Flag.HIGH:
        return _("%(metric)s above what the device can measure") % values
    return _("%(metric)s %(figure)s, limit %(limit)s") % values


def _within(minutes: int) -> str:
    if minutes >= MINUTES_A_DAY:
        days = minutes // MINUTES_A_DAY
        return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
    return ngettext("in %(minutes)d minute", "in %(minutes)d minutes", minutes) % {"minutes": minutes}


def _adherence(facts: Mapping[str, Any], label: str) -> str:
    days = int(facts.get("days", 0))
    within = ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
    if facts.get("is_continuous"):
        percent = number_format(facts.get("figure", 0), decimal_pos=0)
        return _("%(metric)s: sensor on %(percent)s %% of the time %(within)s") % {
            "metric": label,
            "percent": percent,
            "within": within,
        }
    counted = {"metric": label, "came": facts.get("came", 0), "awaited": facts.get("awaited", 0)}
    return _("%(metric)s: %(came)s of %(awaited)s planned measurements %(within)s") % {
        **counted,
        "within": within,
    }


def _silence(facts: Mapping[str, Any], label: str) -> str:
    hours = int(facts.get("hours", 0))
    if hours >= 48:
        return _("%(metric)s: nothing for %(days)d days") % {"metric": label, "days": hours // 24}
    return ngettext(
        "%(metric)s: nothing for %(hours)d hour", "%(metric)s: nothing for %(hours)d hours", hours
    ) % {"metric": label, "hours": hours}
