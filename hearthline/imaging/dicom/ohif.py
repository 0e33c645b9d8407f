"""OHIF, the workstation's viewer: one pinned version, fetched by whoever runs the installation, never shipped by us.

Its package is believed only if it has the digest below. What it could reach others with, and what is not needed to
look at images, is left out; its files are told under which address they stand, and are kept compressed.
"""

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from hearthline.identity.actor import Actor
from hearthline.imaging.dicom.access import READER_ROLES

PACKAGE, VERSION, LICENCE = "@ohif/app", "3.13.2", "MIT"
INTEGRITY = "sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA=="
ADDRESS = f"/imaging/ohif/{VERSION}/"
FETCH_SECONDS = 600
SHIPPED = "package/dist/"
LICENCE_FILE = "package/LICENSE"
# Sign-in at others, service workers, and a segmentation that fetches its model elsewhere; slides of microscopes.
LEFT_OUT = re.compile(
    r".*\.map|ort/.*|dicom-microscopy-viewer/.*|customizations/.*|[^/]*\.html|_[^/]*|app-config\.js|google\.js"
    r"|(sw|init-service-worker|oidc-client\.min|es6-shim\.min|polyfill\.min)\.js|manifest\.json|serve\.json"
)
CONTENT_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".wasm": "application/wasm",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
# Where the bundle believes that it stands: in scripts and in sheets.
PLACES = ((b'__webpack_require__.p = "/";', b'__webpack_require__.p = "%s";'), (b"url(/", b"url(%s"))
ENTRY = "entry.json"
SCRIPT = re.compile(r'<script defer src="/(app\.bundle\.[0-9a-f]+\.js)">')
STYLE = re.compile(r'<link href="/(app\.bundle\.css)" rel="stylesheet">')


class RefusedPackageError(Exception):
    """The package could not be fetched, or is not the one that was pinned."""


@dataclass(frozen=True)
class Entry:
    """The addresses that a page begins with."""

    script: str
    style: str


def directory() -> Path:
    """Return where the pinned version stands once it is installed."""
    place: Path = settings.HEARTHLINE_OHIF_DIRECTORY
    return place / VERSION


def entry() -> Entry | None:
    """Return what a page begins with; None where OHIF is not installed."""
    try:
        names = json.loads((directory() / ENTRY).read_text())
    except FileNotFoundError:
        return None
    return Entry(ADDRESS + names["script"], ADDRESS + names["style"])


def offered_at(actor: Actor, route: str, *arguments: UUID) -> str:
    """Return where OHIF opens something, or nothing: it is not installed, or the actor is not one who reads images."""
    if not actor.has_role(*READER_ROLES) or entry() is None:
        return ""
    return reverse(route, args=arguments)


def find(name: str) -> tuple[Path, str] | None:
    """Return a file of the installed version, kept compressed, with its type; None if there is none of that name."""
    kind = CONTENT_TYPES.get(PurePosixPath(name).suffix)
    if kind is None or ".." in name.split("/"):
        return None
    path = directory() / "files" / f"{name}.gz"
    return (path, kind) if path.is_file() else None


def fetch(into: Path) -> Path:
    """Fetch the package by npm, from wherever this machine's npm fetches.

    Raises:
        RefusedPackageError: there is no npm, or it did not get it.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise RefusedPackageError(
            f"npm is not installed. Fetch {PACKAGE} {VERSION} elsewhere and name its file by --file."
        )
    command = [npm, "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", str(into)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    found = next(iter(into.glob("*.tgz")), None)
    if done.returncode or found is None:
        raise RefusedPackageError(f"npm could not fetch {PACKAGE} {VERSION}: {done.stderr.strip()[-300:]}")
    return found


def install(package: Path) -> None:
    """Install the pinned version from its package; nothing is left behind if it is another one.

    Raises:
        RefusedPackageError: it is not the pinned package.
    """
    content = package.read_bytes()
    digest = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        raise RefusedPackageError(f"This is not {PACKAGE} {VERSION}: its digest is another.")
    place = directory()
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as drafts:
        draft = Path(drafts) / "draft"
        _unpack(package, draft)
        shutil.rmtree(place, ignore_errors=True)
        draft.rename(place)


def _unpack(package: Path, target: Path) -> None:
    for name, content in _files(package):
        if name == "index.html":
            page = content.decode()
            script, style = SCRIPT.search(page), STYLE.search(page)
            if script is None or style is None:
                raise RefusedPackageError("Its page begins in another way than was known.")
            target.mkdir(exist_ok=True)
            (target / ENTRY).write_text(json.dumps({"script": script[1], "style": style[1]}))
        elif PurePosixPath(name).suffix in CONTENT_TYPES and not LEFT_OUT.fullmatch(name):
            path = target / "files" / f"{name}.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(_placed(name, content), mtime=0))
        elif name == LICENCE_FILE:
            target.mkdir(exist_ok=True)
            (target / "LICENSE").write_bytes(content)


def _placed(name: str, content: bytes) -> bytes:
    """Return a script or a sheet that knows under which address it stands; anything else as it is."""
    if name.endswith((".js", ".css")):
        for believed, told in PLACES:
            content = content.replace(believed, told % ADDRESS.encode())
    return content


def _files(package: Path) -> Iterator[tuple[str, bytes]]:
    """Yield what the package ships to browsers, by its name there, and its licence."""
    with tarfile.open(package) as archive:
        for member in archive:
            is_licence = member.name == LICENCE_FILE
            if not member.isfile() or not (member.name.startswith(SHIPPED) or is_licence):
                continue
            stream = archive.extractfile(member)
            name = member.name if is_licence else member.name.removeprefix(SHIPPED)
            if stream is not None and ".." not in name.split("/"):
                yield name, stream.read()
