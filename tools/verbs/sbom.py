"""``./run sbom``: the software bill of materials (CycloneDX JSON) of what runs: run-time lock and vendored files."""

import json
from pathlib import Path
from typing import Any

from tools.checks.vendored import Vendored, listed_files
from tools.project import PROJECT_DIRECTORY, run_as_program, run_long_step, say, state_directory
from tools.supervisor import python_module


def component(one: Vendored) -> dict[str, Any]:
    """Return a vendored file as CycloneDX describes one; the licence is an SPDX expression."""
    return {
        "type": "file",
        "bom-ref": f"vendored:{one.path.as_posix()}",
        "name": one.path.as_posix(),
        "version": one.version,
        "description": one.package,
        "hashes": [{"alg": "SHA-256", "content": one.digest}],
        "licenses": [{"expression": one.licence}],
    }


def add_vendored(path: Path) -> None:
    """Add the vendored files to a bill of the Python packages."""
    bill = json.loads(path.read_text())
    bill["components"] = [*bill.get("components", []), *(component(one) for one in listed_files())]
    path.write_text(json.dumps(bill, indent=2) + "\n")


def main(arguments: list[str]) -> int:
    """Write it to the path given, or to ``var/sbom.json``."""
    target = Path(arguments[0]) if arguments else state_directory() / "sbom.json"
    command = python_module("cyclonedx_py", "requirements", str(PROJECT_DIRECTORY / "requirements.txt"))
    run_long_step(
        "writing the bill of materials",
        [*command, "--output-reproducible", "--of", "JSON", "-o", str(target)],
    )
    add_vendored(target)
    say(f"  {target}")
    return 0


if __name__ == "__main__":
    run_as_program(main)
