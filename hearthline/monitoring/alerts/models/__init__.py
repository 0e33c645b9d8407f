"""Rules and their approval, states, alerts, cases, and who has to look by when."""

from hearthline.monitoring.alerts.models.cases import Alert, AlertEvent, Case, Mark, RuleState
from hearthline.monitoring.alerts.models.quiet import Snooze, Suppression, SymptomReport
from hearthline.monitoring.alerts.models.rota import LadderStep, OnCallLine, OnCallShift
from hearthline.monitoring.alerts.models.rulebook import AlertBudget, Rule, Rulebook
from hearthline.monitoring.alerts.models.silence import (
    AdherenceLook,
    SilenceIncident,
    SilenceSweep,
    SilentSpell,
)

__all__ = [
    "AdherenceLook",
    "Alert",
    "AlertBudget",
    "AlertEvent",
    "Case",
    "LadderStep",
    "Mark",
    "OnCallLine",
    "OnCallShift",
    "Rule",
    "RuleState",
    "Rulebook",
    "SilenceIncident",
    "SilenceSweep",
    "SilentSpell",
    "Snooze",
    "Suppression",
    "SymptomReport",
]
