"""One PostgreSQL cluster of our own: where it lives, how it is made, started and asked whether it answers."""

import hashlib
import os
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.postgres.account import Account, account_for_server, closed_directory
from tools.postgres.binaries import binaries_for
from tools.postgres.sizes import settings_here
from tools.project import log_path, say, socket_directory, state_directory

PORT = 5432  # only part of the socket's name unless TCP is asked for
SUPERUSER = "hearthline_superuser"
PASSWORD_BYTES = 24
SHARED_DIRECTORY = Path("/var/lib/hearthline")
ACCEPTS = 0  # exit code of pg_isready

# Clinical text must not reach the log. Statements and parameters are one way there; the other is the text of an
# error itself, which quotes values ("Key (name)=(…) already exists"): errors of statements are not logged at all,
# the process that made the statement is told them anyway.
SETTINGS = {
    "unix_socket_permissions": "0777",  # the directory is the wall, and every login has a password
    "password_encryption": "scram-sha-256",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "max_connections": "150",
    "recovery_init_sync_method": "syncfs",  # one call after a crash, not one for each of ten thousand files
    "jit": "off",
}


@dataclass(frozen=True)
class Cluster:
    """The facts of our cluster; nothing is touched until ``initialise`` or ``command`` is used."""

    binaries: Path
    directory: Path
    sockets: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.directory / "data"

    @property
    def superuser_password_path(self) -> Path:
        """Where the superuser's password is kept (mode 0600)."""
        return self.directory / "superuser"

    def initialise(self) -> None:
        """Make the cluster if it is not there: checksums on, passwords by scram, private directories."""
        for directory in (self.directory, self.sockets):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.account:
                self.account.owns(directory)
        if (self.data / "PG_VERSION").exists():
            return
        say("  making the database cluster …")
        path = self.superuser_password_path
        path.write_text(secrets.token_urlsafe(PASSWORD_BYTES))
        path.chmod(0o600)
        if self.account:
            self.account.owns(path)
        self._run(
            "initdb",
            *("--pgdata", str(self.data), "--username", SUPERUSER, "--pwfile", str(path)),
            *("--auth", "scram-sha-256", "--data-checksums", "--encoding", "UTF8", "--locale", "C.UTF-8"),
        )

    def server_command(self) -> list[str]:
        """Return the command of the server, with every setting that we insist on."""
        settings = settings_here(self.directory) | SETTINGS
        settings |= {
            "unix_socket_directories": str(self.sockets),
            "listen_addresses": os.environ.get("HEARTHLINE_POSTGRES_LISTEN", ""),
            "port": str(PORT),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *options]

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server as its user; the caller is its parent and waits for it."""
        with log_path("postgres").open("ab") as log:
            return subprocess.Popen(
                self.server_command(),
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self._user,
                group=self._group,
                extra_groups=self._extra_groups,
            )

    def accepts(self) -> bool:
        """Whether the server takes connections now."""
        program = [
            str(self.binaries / "pg_isready"),
            "-q",
            "-h",
            str(self.sockets),
            "-p",
            str(PORT),
            "-t",
            "2",
        ]
        return subprocess.run(program, check=False).returncode == ACCEPTS

    def running_process(self) -> int | None:
        """Return the process id of a server that runs on this data directory, whoever started it."""
        try:
            process_id = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            works_in = Path(f"/proc/{process_id}/cwd").readlink()
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None
        return process_id if works_in == self.data.resolve() else None

    @property
    def _user(self) -> int | None:
        return self.account.user_id if self.account else None

    @property
    def _group(self) -> int | None:
        return self.account.group_id if self.account else None

    @property
    def _extra_groups(self) -> list[int] | None:
        return [] if self.account else None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self.binaries / program), *arguments],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            check=True,
            user=self._user,
            group=self._group,
            extra_groups=self._extra_groups,
        )


def own_cluster() -> Cluster:
    """Return the cluster of this installation.

    It lives in the state directory. Where root's clone lies below a private directory (``/root``), the unprivileged
    user could not get there: then it lives in ``/var/lib/hearthline``, and that is said.
    """
    directory, sockets = state_directory() / "postgres", socket_directory("socket")
    account = account_for_server()
    closed = closed_directory(directory, account) if account else None
    if account and closed:
        mark = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
        directory = SHARED_DIRECTORY / mark
        sockets = directory / "socket"
        if not directory.exists():
            say(f"  the user {account.name} may not enter {closed}: the database lives in {directory}")
            SHARED_DIRECTORY.mkdir(mode=0o711, parents=True, exist_ok=True)
    return Cluster(binaries_for(directory / "data"), directory, sockets, account)
