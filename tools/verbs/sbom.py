"""``./run sbom``: the software bill of materials (CycloneDX JSON) of what runs: the run-time lock."""

from tools.project import PROJECT_DIRECTORY, run_as_program, run_long_step, say, state_directory
from tools.supervisor import python_module


def main(arguments: list[str]) -> int:
    """Write it to the path given, or to ``var/sbom.json``."""
    target = arguments[0] if arguments else str(state_directory() / "sbom.json")
    command = python_module("cyclonedx_py", "requirements", str(PROJECT_DIRECTORY / "requirements.txt"))
    run_long_step(
        "writing the bill of materials", [*command, "--output-reproducible", "--of", "JSON", "-o", target]
    )
    say(f"  {target}")
    return 0


if __name__ == "__main__":
    run_as_program(main)
