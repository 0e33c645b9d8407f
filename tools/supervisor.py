"""The supervisor of ``./run demo``: starts all processes, starts a dead one again, and stops all of them together."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tools.project import PROJECT_DIRECTORY, log_path, say
from tools.signals import STOPPING, SignalWatch

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
SETTLED_SECONDS = 20.0  # a process that ran this long starts again without a longer pause
STOP_SECONDS = 12.0
IDLE_SECONDS = 60.0
NOTHING_TO_DO = 69  # a process says so with this exit code (sysexits: unavailable) and is left alone


@dataclass
class Child:
    """One process: how it starts, and how its last runs went."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    next_start_at: float | None = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS

    def start(self) -> None:
        """Start it, its output going to its own log."""
        with log_path(self.name).open("ab") as log:
            self.process = subprocess.Popen(
                [*_dies_with_us(), *self.command],
                cwd=PROJECT_DIRECTORY,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the supervisor only, which stops the others in order
            )
        self.started_at, self.next_start_at = time.monotonic(), None

    def note_end(self) -> str:
        """Plan the next start of a process that ended; return what to tell."""
        code = self.process.returncode if self.process else 0
        self.process = None
        if code == NOTHING_TO_DO:
            return f"{self.name}: does not run here; its log says why ({log_path(self.name)})"
        if time.monotonic() - self.started_at > SETTLED_SECONDS:
            self.pause_seconds = FIRST_PAUSE_SECONDS
        self.next_start_at = time.monotonic() + self.pause_seconds
        told = f"{self.name}: ended ({_ending(code)}); again in {self.pause_seconds:g} s; log: {log_path(self.name)}"
        self.pause_seconds = min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        return told

    def signal(self, number: signal.Signals) -> None:
        """Signal the whole process group."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, number)


@dataclass
class Supervisor:
    """Keeps children running until it is told to stop."""

    children: list[Child]
    is_ready: Callable[[], bool]
    when_ready: Callable[[], None]
    _told_ready: bool = field(default=False, init=False)

    def run(self) -> None:
        """Start all children and stay until a stop signal."""
        with SignalWatch() as watch:
            try:
                while not STOPPING & watch.wait(self._sleep_seconds()):
                    self._look()
            finally:
                self._stop(watch)

    def _look(self) -> None:
        for child in self.children:
            if child.process and child.process.poll() is not None:
                say(child.note_end())
            if (
                child.next_start_at is not None
                and time.monotonic() >= child.next_start_at
                and not child.process
            ):
                child.start()
        if not self._told_ready and self.is_ready():
            self._told_ready = True
            self.when_ready()

    def _sleep_seconds(self) -> float:
        if not self._told_ready:
            return 0.2
        starts = [child.next_start_at for child in self.children if child.next_start_at is not None]
        return max(0.0, min(starts) - time.monotonic()) if starts else IDLE_SECONDS

    def _stop(self, watch: SignalWatch) -> None:
        """Ask all to stop, in one go; end those that do not."""
        say("Stopping …")
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.process and child.process.poll() is None for child in self.children):
            if time.monotonic() > deadline:
                for child in self.children:
                    child.signal(signal.SIGKILL)
            watch.wait(0.5)
        say("Stopped. Everything is kept; ./run demo goes on where it was.")


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _dies_with_us() -> list[str]:
    """Let the kernel stop a child whose supervisor was killed, so that no stale process holds a port or socket."""
    program = shutil.which("setpriv")
    return [program, "--pdeathsig", "TERM", "--"] if program else []


def python_module(name: str, *arguments: str) -> list[str]:
    """Return the command that runs a module on our own interpreter."""
    return [sys.executable, "-m", name, *arguments]
