"""``./run dev``: the demo, with processes that start again when a source file changes."""

from tools.project import run_as_program
from tools.verbs import demo


def main(arguments: list[str]) -> int:
    """Start the demo for someone who is changing it."""
    return demo.main(arguments, is_reloading=True)


if __name__ == "__main__":
    run_as_program(main)
