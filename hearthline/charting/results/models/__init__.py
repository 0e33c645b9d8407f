"""Tables of laboratory results: who sends, what came, what it says, and what people did about it."""

from hearthline.charting.results.models.reports import Observation, Report, ReportVersion, ResultDocument
from hearthline.charting.results.models.senders import IncomingMessage, Laboratory, MachineToken
from hearthline.charting.results.models.work import Acknowledgement, CriticalResult, HandOver, Hold

__all__ = [
    "Acknowledgement",
    "CriticalResult",
    "HandOver",
    "Hold",
    "IncomingMessage",
    "Laboratory",
    "MachineToken",
    "Observation",
    "Report",
    "ReportVersion",
    "ResultDocument",
]
