"""Verify an audit: the chain of every organization and the signed checkpoints. Stand-alone: this file alone.

Needs Python 3.11 with ``psycopg`` and ``cryptography``, nothing of Hearthline. It reads the database through the
backup's login, or an export made earlier with ``--export``, and the checkpoint files with the public key; an auditor
uses their own copies of the last two. It finds a row that was changed, removed, moved or added, a chain whose tail
was cut or that was written anew, and a checkpoint that is forged or missing.

Exit code: 0 sound, 1 findings, 2 could not verify.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg.rows import dict_row

GRACE_SECONDS = 120
FETCH_ROWS = 5_000
MAX_FINDINGS = 200
FIELDS = (
    "recorded_at",
    "actor_kind",
    "actor_user_id",
    "actor_name",
    "actor_roles",
    "action",
    "outcome",
    "subject_type",
    "subject_id",
    "patient_id",
    "reason",
    "field_names",
    "origin",
)
ROWS = """
SELECT coalesce(s.organization_id, e.organization_id)::text AS organization, s.sequence, encode(s.hash, 'hex') AS hash,
  coalesce(s.id, e.id)::text AS id, e.id IS NOT NULL AS is_there, e.recorded_at, e.actor_kind, e.actor_user_id,
  e.actor_name, e.actor_roles, e.action, e.outcome, e.subject_type, e.subject_id, e.patient_id, e.reason,
  e.field_names, e.origin
FROM audit_auditseal s FULL JOIN audit_auditentry e ON e.id = s.id AND e.organization_id = s.organization_id
ORDER BY 1, s.sequence NULLS LAST
"""


class NotVerifiedError(Exception):
    """The verification could not be made; the message says what is missing."""


@dataclass
class Checkpoints:
    """What the signed lines claim: the hash of a chain at a sequence, and the longest claim of each."""

    claims: dict[tuple[str, int], str] = field(default_factory=dict)
    longest: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)


@dataclass
class Chain:
    """The walk along one organization's chain."""

    organization: str
    previous: str = ""
    sequence: int = 0

    def __post_init__(self) -> None:
        self.previous = hashlib.sha256(f"hearthline audit {self.organization}".encode()).hexdigest()


def canonical(content: Any) -> bytes:
    """Return the one byte form of a JSON value."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def read_checkpoints(directory: Path, public_key: Path) -> Checkpoints:
    """Read every checkpoint file of a directory, checking signatures and the order of the lines."""
    if not public_key.exists():
        raise NotVerifiedError(f"no public key at {public_key}; the sealer writes it at its first start")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key.read_text().strip()))
    found, previous = Checkpoints(), None
    for path in sorted(directory.glob("checkpoints-*.jsonl")):
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            where = f"{path.name} line {number}"
            try:
                statement = json.loads(line)
                signature = bytes.fromhex(statement.pop("signature"))
                key.verify(signature, canonical(statement))
            except (ValueError, KeyError, AttributeError, InvalidSignature):
                found.findings.append(f"{where}: the signature is not genuine")
                previous = None
                continue
            if previous is not None and statement["previous"] != previous:
                found.findings.append(f"{where}: a line before it is missing or was moved")
            previous = hashlib.sha256(line).hexdigest()
            organization, sequence = statement["organization"], statement["sequence"]
            found.claims[organization, sequence] = statement["hash"]
            found.longest[organization] = max(sequence, found.longest.get(organization, 0))
    return found


def database_rows(connection_words: str) -> Iterator[dict[str, Any]]:
    """Yield sealed and unsealed rows in one snapshot of the database, in the order of the chains."""
    with psycopg.connect(connection_words, row_factory=dict_row) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with connection.cursor(name="audit") as cursor:
            cursor.itersize = FETCH_ROWS
            for row in cursor.execute(ROWS):
                for name in ("actor_user_id", "patient_id"):
                    row[name] = None if row[name] is None else str(row[name])
                if row["recorded_at"] is not None:
                    row["recorded_at"] = row["recorded_at"].astimezone(UTC).isoformat(timespec="microseconds")
                yield row


def exported_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of an export."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def verify(
    rows: Iterable[dict[str, Any]], checkpoints: Checkpoints, *, now: datetime
) -> tuple[list[str], int]:
    """Walk the chains; return the findings and the number of rows."""
    findings, count = list(checkpoints.findings), 0
    chain: Chain | None = None
    for row in rows:
        count += 1
        if chain is None or chain.organization != row["organization"]:
            findings += finish(chain, checkpoints)
            chain = Chain(row["organization"])
        if row["sequence"] is None:
            findings += check_waiting(row, now)
        else:
            findings += check_link(chain, row, checkpoints)
    findings += finish(chain, checkpoints)
    for organization, claimed in checkpoints.longest.items():  # chains of which nothing at all is left
        findings += cut(organization, claimed, 0)
    return findings, count


def check_link(chain: Chain, row: dict[str, Any], checkpoints: Checkpoints) -> list[str]:
    """Check one sealed row against the link before it and the checkpoint on it, if there is one."""
    findings = []
    sequence, stored = row["sequence"], row["hash"]
    where = f"organization {chain.organization}, sequence {sequence}"
    if sequence != chain.sequence + 1:
        gap = (
            f"{chain.sequence + 1}"
            if sequence == chain.sequence + 2
            else f"{chain.sequence + 1} to {sequence - 1}"
        )
        findings.append(f"organization {chain.organization}, sequence {gap}: the seal was removed")
    elif not row["is_there"]:
        findings.append(f"{where}: the row was removed")
    else:
        content = ["1", chain.organization, sequence, row["id"], *(row[name] for name in FIELDS)]
        expected = hashlib.sha256(bytes.fromhex(chain.previous) + canonical(content)).hexdigest()
        if expected != stored:
            findings.append(f"{where}: the row or its place was changed after it was sealed")
    claimed = checkpoints.claims.get((chain.organization, sequence))
    if claimed is not None and claimed != stored:
        findings.append(
            f"{where}: the chain was written anew; its hash is not the one in the signed checkpoint"
        )
    chain.previous, chain.sequence = stored, sequence
    return findings


def check_waiting(row: dict[str, Any], now: datetime) -> list[str]:
    """Check that a row without a seal is young."""
    age = (now - datetime.fromisoformat(row["recorded_at"])).total_seconds()
    if age <= GRACE_SECONDS:
        return []
    return [
        f"organization {row['organization']}, row {row['id']}: added without the sealer, or the sealer is down"
    ]


def finish(chain: Chain | None, checkpoints: Checkpoints) -> list[str]:
    """Check that a chain reaches as far as its longest checkpoint says."""
    if chain is None:
        return []
    claimed = checkpoints.longest.pop(chain.organization, 0)
    return cut(chain.organization, claimed, chain.sequence) if claimed > chain.sequence else []


def cut(organization: str, claimed: int, there: int) -> list[str]:
    """Say that the tail of a chain is missing."""
    return [
        (
            f"organization {organization}, sequence {there + 1} to {claimed}: the tail was cut; "
            f"a signed checkpoint knows {claimed} rows, the database {there}"
        )
    ]


def connection_words(state: Path) -> str:
    """Return how to connect as the backup's login, from the installation's state directory."""
    path = state / "database.json"
    if not path.exists():
        raise NotVerifiedError(
            f"no {path}; name the state directory with --state or a database with --database"
        )
    facts = json.loads(path.read_text())
    login = facts["logins"]["backup"]
    return psycopg.conninfo.make_conninfo(
        host=facts["host"],
        port=facts["port"],
        dbname=facts["name"],
        user=login["user"],
        password=login["password"],
    )


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    default = Path(os.environ.get("HEARTHLINE_STATE_DIR") or Path(__file__).resolve().parents[1] / "var")
    parser = argparse.ArgumentParser(prog="verify_audit", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--state", type=Path, default=default, help="the installation's state directory")
    parser.add_argument("--database", help="connection words of the backup's login, instead of the state's")
    parser.add_argument("--checkpoints", type=Path, help="the auditor's copy of the checkpoint directory")
    parser.add_argument("--public-key", type=Path, help="the auditor's copy of public.key")
    parser.add_argument("--export", type=Path, help="write the rows to this file and stop")
    parser.add_argument("--rows", type=Path, help="verify this export instead of the database")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Verify, print the findings, return the exit code."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        if options.export:
            with options.export.open("x", encoding="utf-8") as file:
                for row in database_rows(options.database or connection_words(options.state)):
                    file.write(json.dumps(row) + "\n")
            return 0
        directory = options.checkpoints or options.state / "audit"
        checkpoints = read_checkpoints(directory, options.public_key or directory / "public.key")
        if options.rows:
            rows = exported_rows(options.rows)
        else:
            rows = database_rows(options.database or connection_words(options.state))
        findings, count = verify(rows, checkpoints, now=datetime.now(UTC))
    except (NotVerifiedError, OSError, psycopg.Error, KeyError, ValueError) as error:
        print(f"could not verify: {error}", file=sys.stderr)
        return 2
    for finding in findings[:MAX_FINDINGS]:
        print(finding)
    if len(findings) > MAX_FINDINGS:
        print(f"... and {len(findings) - MAX_FINDINGS} more")
    print(f"{count} rows: " + (f"{len(findings)} findings" if findings else "the audit is sound"))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
