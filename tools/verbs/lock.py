"""``./run lock``: pin requirements*.in with hashes, naming no registry."""

from tools.project import run_as_program, run_long_step, say
from tools.supervisor import python_module

LOCKS = {
    "requirements.txt": ("requirements.in",),
    "requirements-dev.txt": ("requirements-dev.in", "-c", "requirements.txt"),
}


def main(arguments: list[str]) -> int:
    """Resolve both files; further arguments go to the resolver (``--upgrade``)."""
    for target, sources in LOCKS.items():
        command = python_module(
            "uv", "pip", "compile", *sources, "--output-file", target, "--generate-hashes"
        )
        options = ["--quiet", "--no-emit-index-url", "--no-emit-find-links", "--python-version", "3.11"]
        run_long_step(
            f"pinning {target}", [*command, *options, "--custom-compile-command", "./run lock", *arguments]
        )
    say("Pinned. ./run demo and ./run test install the new versions at their next start.")
    return 0


if __name__ == "__main__":
    run_as_program(main)
