"""The rules the product ships with, read from dated files with their sources. Nothing here is active by itself."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from hearthline.monitoring.alerts.rules.kinds import Kind, Severity, rule_from

DIRECTORY = Path(__file__).parent.parent / "defaults"


@dataclass(frozen=True)
class DefaultRule:
    """A rule as shipped."""

    code: str
    label: str
    severity: Severity
    source: str
    rule: Kind
    valid_from: date


@cache
def shipped_rules() -> tuple[DefaultRule, ...]:
    """Return the rules of the newest file."""
    written = tomllib.loads(max(DIRECTORY.glob("*.toml")).read_text(encoding="utf-8"))
    return tuple(
        DefaultRule(
            code=one["code"],
            label=one["label"],
            severity=Severity[one["severity"].upper()],
            source=one["source"],
            rule=rule_from(one["settings"]),
            valid_from=written["valid_from"],
        )
        for one in written["rule"]
    )
