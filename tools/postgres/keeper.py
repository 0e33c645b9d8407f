"""The keeper: starts the server, restarts it when it dies, and stops it when nobody uses it any more.

Users hold a shared lock on a file (the kernel drops it when they end, however they end); the keeper tries the
exclusive one now and then, and when it gets it, it stops the server and leaves. So ``./run demo`` and
``./run test`` share one server, and neither takes it away from the other.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tools.postgres.cluster import Cluster, own_cluster
from tools.project import PROJECT_DIRECTORY, Problem, log_path, state_directory
from tools.signals import STOPPING, SignalWatch

START_SECONDS = 60
STOP_SECONDS = 30
KEEPER_SECONDS = 5.0
LOOK_SECONDS = 2.0
RESTART_SECONDS = 1.0
PAUSE_SECONDS = 0.1


def users_lock_path() -> Path:
    """Return the file that everyone who uses the server holds a shared lock on."""
    return state_directory() / "postgres.users"


@contextmanager
def server_in_use(cluster: Cluster) -> Iterator[None]:
    """Keep the server up while the block runs; start its keeper if there is none."""
    cluster.initialise()
    with users_lock_path().open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        _wait_until_up(cluster)
        yield


def _wait_until_up(cluster: Cluster) -> None:
    started = time.monotonic()
    next_keeper_at = started
    while not cluster.accepts():
        now = time.monotonic()
        if now > started + START_SECONDS:
            raise Problem(
                f"PostgreSQL did not start within {START_SECONDS} s; its log says why: {log_path('postgres')}"
            )
        if now >= next_keeper_at:  # one too many leaves by itself: only one can hold the keeper's lock
            _start_keeper()
            next_keeper_at = now + KEEPER_SECONDS
        time.sleep(PAUSE_SECONDS)


def _start_keeper() -> None:
    """Start a keeper that belongs to nobody, so that it outlives whoever needed the server first."""
    with log_path("keeper").open("ab") as log:
        subprocess.run(
            ["setsid", "--fork", sys.executable, "-m", "tools.postgres.keeper"],
            cwd=PROJECT_DIRECTORY,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
        )


def keep(cluster: Cluster) -> None:
    """Run the server until nobody uses it or we are told to stop."""
    with (state_directory() / "postgres.keeper").open("a") as lock, users_lock_path().open("a") as users:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _stop_orphan(cluster)
        with SignalWatch() as watch:
            server = cluster.start()
            while not _nobody_uses(users):
                if STOPPING & watch.wait(LOOK_SECONDS):
                    break
                if (
                    server.poll() is not None
                ):  # reaped here, so that its process id is free before a new start
                    print(f"server ended with {server.returncode}; starting it again", flush=True)
                    watch.wait(RESTART_SECONDS)
                    _stop_orphan(cluster)
                    server = cluster.start()
            _stop(server)


def _nobody_uses(users: IO[str]) -> bool:
    """Take the exclusive lock if no one holds a shared one; it is kept while the server stops."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """Stop our server: its clients are ended, then it writes a checkpoint."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait(STOP_SECONDS)


def _stop_orphan(cluster: Cluster) -> None:
    """End a server that a killed keeper left behind, and wait until its process id is gone."""
    deadline = time.monotonic() + STOP_SECONDS
    orphan = cluster.running_process()
    if orphan is not None:
        os.kill(orphan, signal.SIGINT)
    while orphan is not None and cluster.running_process() == orphan:
        if time.monotonic() > deadline:
            raise Problem(
                f"An old PostgreSQL (process {orphan}) on {cluster.data} does not stop; end it by hand."
            )
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    keep(own_cluster())
