"""The nginx configuration of ``deploy/`` in a real nginx: accepted, TLS 1.2 and newer, streams not held back."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tools.project import PROJECT_DIRECTORY

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
START_SECONDS = 15.0
HOST = "clinic.example"


@dataclass
class Site:
    """The configuration, moved to free ports and a directory of its own."""

    place: Path
    https_port: int
    http_port: int

    def client(self) -> httpx.Client:
        context = ssl.create_default_context(cafile=str(self.place / "fullchain.pem"))
        context.check_hostname = False
        return httpx.Client(
            verify=context, base_url=f"https://127.0.0.1:{self.https_port}", headers={"Host": HOST}
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def write_certificate(place: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    (place / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (place / "private.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def write_configuration(site: Site) -> Path:
    text = (PROJECT_DIRECTORY / "deploy" / "nginx" / "hearthline.conf").read_text()
    text = re.sub(r"^\s*listen \[::\].*\n", "", text, flags=re.MULTILINE)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{site.http_port};")
    text = text.replace("listen 443", f"listen 127.0.0.1:{site.https_port}")
    for original in ("/run/hearthline", "/etc/hearthline/tls", "/var/log/nginx", "/var/lib/hearthline"):
        text = text.replace(original, str(site.place))
    (site.place / "site.conf").write_text(text)
    owner = "user root;" if os.geteuid() == 0 else ""
    paths = " ".join(
        f"{kind}_temp_path {site.place / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = site.place / "nginx.conf"
    main.write_text(
        f"{owner} daemon off; worker_processes 1; pid {site.place}/nginx.pid; error_log {site.place}/error.log; "
        f"events {{ worker_connections 64; }} http {{ {paths} include {site.place}/site.conf; }}\n"
    )
    return main


def start_backends(place: Path) -> list["subprocess.Popen[bytes]"]:
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "hearthline.config.tests.backend:application",
        "--log-level",
        "error",
    ]
    names = ("pages", "live", "ops")
    return [
        subprocess.Popen([*command, "--lifespan", "off", "--uds", str(place / f"{name}.sock")])
        for name in names
    ]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    assert NGINX, "nginx is missing: ./run test installs it as root, or names it"
    with tempfile.TemporaryDirectory(prefix="nx") as directory:
        site = Site(Path(directory), free_port(), free_port())
        (site.place / "static").mkdir()
        (site.place / "static" / "sheet.css").write_text("body{}")
        write_certificate(site.place)
        main = write_configuration(site)
        proof = subprocess.run([NGINX, "-t", "-c", main], capture_output=True, text=True, check=False)
        assert proof.returncode == 0, proof.stderr
        processes = [*start_backends(site.place), subprocess.Popen([NGINX, "-c", main])]
        wait_until_ready(site)
        yield site
        for process in processes:
            process.terminate()
            process.wait()


def wait_until_ready(site: Site) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with site.client() as client:
                if all(client.get(path).status_code == 200 for path in ("/", "/live/x", "/ops/")):
                    return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    pytest.fail("nginx or a backend did not start")


def test_backends_are_told_the_truth_about_the_client(site: Site) -> None:
    with site.client() as client:
        facts = client.get("/", headers={"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http"}).json()
    told = dict(facts["headers"])
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert told["x-forwarded-proto"] == "https"
    assert told["host"] == HOST
    assert len(told["x-request-id"]) == 32


def test_events_are_not_held_back(site: Site) -> None:
    with site.client() as client, client.stream("GET", "/live/stream", timeout=15) as response:
        assert next(response.iter_raw()).startswith(b"data: 1")  # the stream never ends by itself


def test_bodies_have_limits(site: Site) -> None:
    with site.client() as client:
        assert client.post("/upload", content=b"x" * 2_000_000).json()["size"] == 2_000_000
        assert client.post("/live/signal", content=b"x" * 2_000_000).status_code == 413
        assert client.post("/upload", content=b"x" * 33 * 1024 * 1024).status_code == 413


def test_inner_questions_stay_inside_and_files_come_from_nginx(site: Site) -> None:
    with site.client() as client:
        assert client.get("/metrics").status_code == 404
        assert client.get("/health/ready").status_code == 404
        assert client.get("/static/sheet.css").text == "body{}"


def test_plain_http_is_sent_to_tls(site: Site) -> None:
    answer = httpx.get(f"http://127.0.0.1:{site.http_port}/a?b=1", headers={"Host": HOST})
    assert (answer.status_code, answer.headers["location"]) == (301, f"https://{HOST}/a?b=1")


@pytest.mark.parametrize(("version", "is_spoken"), [("1_1", False), ("1_2", True), ("1_3", True)])
def test_old_tls_is_not_spoken(site: Site, version: str, is_spoken: bool) -> None:
    program = ["openssl", "s_client", "-connect", f"127.0.0.1:{site.https_port}", f"-tls{version}"]
    weakened = [] if is_spoken else ["-cipher", "ALL:@SECLEVEL=0"]  # or this client would not try it
    answer = subprocess.run(
        [*program, *weakened], input="", capture_output=True, text=True, check=False, timeout=20
    )
    assert "CONNECTED" in answer.stdout
    assert ("Cipher is (NONE)" not in answer.stdout) == is_spoken


def test_the_log_holds_identifiers_and_no_paths(site: Site) -> None:
    with site.client() as client:
        client.get("/guest/secret-token?name=canary")
    text = (site.place / "hearthline.log").read_text()
    assert "secret-token" not in text
    assert "canary" not in text
    assert '"status":200' in text
