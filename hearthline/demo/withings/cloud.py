"""A FAKE of Withings' cloud: its documented rules about accounts, tokens and measurements, with invented people.

It is strict where the real one is: signed requests with a nonce used once, codes good for thirty seconds, refresh
tokens that change, an old one taken until the new access token is used, pages, its own clock of changes. It calls
back without a signature, again when it is not acknowledged, as described in ``monitoring.vendors.withings``.
"""

import hmac
import json
import os
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from hearthline.foundation import clock
from hearthline.monitoring.vendors.withings import signature

ACCESS_SECONDS = 3 * 3600
CODE_SECONDS = 30
NONCE_SECONDS = 30 * 60
PAGE_GROUPS = 100
FIRST_ACCOUNT = 40_000_001
NOT_SIGNED, NOT_ALLOWED, WRONG, BUSY, OUR_FAULT = 293, 401, 503, 601, 2555
Form = dict[str, str]
Send = Callable[[str, str, bytes], int]  # method, address, body: the status of the answer, 0 for none


@dataclass
class Account:
    """An invented person's account: what they measured, and which addresses hear of it."""

    number: int
    name: str
    groups: list[dict[str, Any]] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    access: dict[str, float] = field(default_factory=dict)  # token to when it ends
    refresh: str = ""
    old_refresh: str = ""
    callbacks: dict[str, list[int]] = field(default_factory=dict)  # address to categories


class Refused(Exception):  # noqa: N818 - it is an outcome
    """What the cloud answers instead: its status and words."""

    def __init__(self, status: int, words: str = "") -> None:
        super().__init__(words)
        self.status = status
        self.words = words


class Cloud:
    """The cloud's memory. ``path``: kept there across restarts; ``send`` delivers what it has to say."""

    def __init__(self, client_id: str, client_secret: str, send: Send, path: Path | None = None) -> None:
        self.client_id, self.client_secret = client_id, client_secret
        self.send = send
        self.now: Callable[[], float] = lambda: clock.now().timestamp()
        self.is_away = False
        self.asked: list[tuple[str, Form]] = []  # what was asked, for tests to look at
        self.lock = threading.RLock()
        self._path = path
        self._nonces: dict[str, float] = {}
        self._codes: dict[str, tuple[int, str, float]] = {}
        self.accounts: dict[int, Account] = {}
        self._next_group = 1
        if path is not None and path.exists():
            kept = json.loads(path.read_text())
            self.accounts = {one["number"]: Account(**one) for one in kept["accounts"]}
            self._next_group = kept["next_group"]

    def add_account(self, name: str) -> Account:
        """Let somebody have an account."""
        with self.lock:
            account = Account(FIRST_ACCOUNT + len(self.accounts), name)
            self.accounts[account.number] = account
            self.keep()
            return account

    def keep(self) -> None:
        """Write everything down, whole or not at all."""
        if self._path is None:
            return
        everything = {
            "accounts": [asdict(one) for one in self.accounts.values()],
            "next_group": self._next_group,
        }
        draft = self._path.with_name(f".{self._path.name}.draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(everything, file)
        draft.replace(self._path)

    def consent(self, number: int, redirect_uri: str) -> str:
        """Return the code for what a person agreed to on the cloud's own page."""
        with self.lock:
            code = secrets.token_hex(20)
            self._codes[code] = (number, redirect_uri, self.now() + CODE_SECONDS)
            return code

    def grant(self, account: Account) -> dict[str, Any]:
        """Give new tokens. The old refresh token stays good until the new access token is used."""
        token = secrets.token_hex(20)
        account.old_refresh, account.refresh = account.refresh, secrets.token_hex(20)
        account.access[token] = self.now() + ACCESS_SECONDS
        self.keep()
        return {
            "userid": str(account.number),
            "access_token": token,
            "refresh_token": account.refresh,
            "expires_in": ACCESS_SECONDS,
            "scope": "user.metrics",
            "token_type": "Bearer",
        }

    def revoke(self, account: Account) -> None:
        """Let a person take their consent back in the cloud's own app."""
        with self.lock:
            account.access.clear()
            account.refresh = account.old_refresh = ""
            callbacks, account.callbacks = account.callbacks, {}
            self.keep()
        for address in callbacks:
            self._call(address, f"userid={account.number}&appli=46&action=unlink")

    def measure(
        self,
        account: Account,
        values: dict[int, tuple[int, int]],
        *,
        at: float | None = None,
        attrib: int = 0,
    ) -> dict[str, Any]:
        """Let a person measure (``values``: type to value and power of ten), and tell those who listen."""
        with self.lock:
            now = self.now()
            date = int(now if at is None else at)
            group = {
                "grpid": self._next_group,
                "attrib": attrib,
                "date": date,
                "created": int(now),
                "modified": int(now),
                "category": 1,
                "deviceid": None if attrib in {2, 4} else f"{account.number:040x}",
                "hash_deviceid": None if attrib in {2, 4} else f"{account.number:040x}",
                "measures": [
                    {"value": value, "type": kind, "unit": power, "algo": 0, "fm": 3}
                    for kind, (value, power) in values.items()
                ],
                "model": None if attrib in {2, 4} else "Body Pro" if 1 in values else "BPM Connect",
                "comment": None,
            }
            self._next_group += 1
            account.groups.append(group)
            self.keep()
        self.tell(account, date)
        return group

    def change(self, account: Account, group: dict[str, Any], **values: Any) -> None:
        """Let a measurement be changed in the cloud's own app."""
        with self.lock:
            group.update(values, modified=int(self.now()))
            self.keep()
        self.tell(account, group["date"])

    def delete(self, account: Account, group: dict[str, Any]) -> None:
        """Let a measurement be deleted there: it is simply no longer in any answer."""
        with self.lock:
            account.groups.remove(group)
            self.keep()
        self.tell(account, group["date"])

    def tell(self, account: Account, date: int) -> None:
        """Call everybody who listens: which account and which window, nothing else."""
        for address, categories in list(account.callbacks.items()):
            body = f"userid={account.number}&appli={categories[0]}&startdate={date}&enddate={date + 1}"
            self._call(address, body)

    def _call(self, address: str, body: str) -> None:
        self.send("POST", address, body.encode())

    def answer(self, path: str, form: Form, token: str) -> dict[str, Any]:
        """Return what the cloud answers to a request: always a status, and a body when it is 0."""
        with self.lock:
            self.asked.append((path, form))
            try:
                return {"status": 0, "body": self._do(path, form.get("action", ""), form, token)}
            except Refused as refused:
                return {"status": refused.status, "body": {}, "error": refused.words}

    def _do(self, path: str, action: str, form: Form, token: str) -> dict[str, Any]:
        match path, action:
            case "/v2/signature", "getnonce":
                return self._nonce(form)
            case "/v2/oauth2", "requesttoken":
                return self._request_token(form)
            case "/measure", "getmeas":
                return self._measured(self._owner(token), form)
            case "/notify", "subscribe":
                return self._subscribe(self._owner(token), form)
            case "/notify", "revoke":
                self._owner(token).callbacks.pop(form.get("callbackurl", ""), None)
                self.keep()
                return {}
        raise Refused(WRONG, "Invalid Params: no such action")

    def _nonce(self, form: Form) -> dict[str, Any]:
        self._check_signature(form, "action", "client_id", "timestamp")
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = self.now() + NONCE_SECONDS
        return {"nonce": nonce}

    def _check_signature(self, form: Form, *names: str) -> None:
        expected = signature(self.client_secret, **{name: form.get(name, "") for name in names})
        is_ours = form.get("client_id") == self.client_id
        if not is_ours or not hmac.compare_digest(expected, form.get("signature", "")):
            raise Refused(NOT_SIGNED, "Invalid Params: wrong signature")

    def _request_token(self, form: Form) -> dict[str, Any]:
        self._check_signature(form, "action", "client_id", "nonce")
        if self._nonces.pop(form["nonce"], 0) < self.now():
            raise Refused(NOT_SIGNED, "Invalid Params: wrong nonce")
        if form.get("grant_type") == "refresh_token":
            wanted = form.get("refresh_token") or "-"
            account = next(
                (one for one in self.accounts.values() if wanted in {one.refresh, one.old_refresh}), None
            )
            if account is None:
                raise Refused(WRONG, "Invalid Params: invalid refresh_token")
            return self.grant(account)
        number, redirect_uri, until = self._codes.pop(form.get("code", ""), (0, "", 0.0))
        if until < self.now() or redirect_uri != form.get("redirect_uri"):
            raise Refused(WRONG, "Invalid Params: invalid code")
        return self.grant(self.accounts[number])

    def _owner(self, token: str) -> Account:
        for account in self.accounts.values():
            if account.access.get(token, 0.0) > self.now():
                account.old_refresh = ""  # the new token is used: the old one is over
                return account
        raise Refused(NOT_ALLOWED, "XRequestID: The access token provided is invalid")

    def _subscribe(self, account: Account, form: Form) -> dict[str, Any]:
        address, category = form.get("callbackurl", ""), form.get("appli", "")
        if not category.isdecimal() or self.send("HEAD", address, b"") not in range(200, 300):
            raise Refused(WRONG, "Invalid Params: callbackurl does not answer")
        heard = account.callbacks.setdefault(address, [])
        if int(category) not in heard:
            heard.append(int(category))
        self.keep()
        return {}

    def _measured(self, account: Account, form: Form) -> dict[str, Any]:
        wanted = {int(kind) for kind in form.get("meastypes", "").split(",") if kind}
        found = [group for group in account.groups if wanted & {one["type"] for one in group["measures"]}]
        if "lastupdate" in form:
            found = [group for group in found if group["modified"] >= int(form["lastupdate"])]
        else:
            first, last = int(form.get("startdate", 0)), int(form.get("enddate", 2**40))
            found = [group for group in found if first <= group["date"] <= last]
        found.sort(key=lambda group: (-int(group["date"]), group["grpid"]))
        offset = int(form.get("offset", 0))
        page = found[offset : offset + PAGE_GROUPS]
        body = {"updatetime": int(self.now()), "timezone": "America/Chicago", "measuregrps": page}
        if offset + PAGE_GROUPS < len(found):
            body |= {"more": 1, "offset": offset + PAGE_GROUPS}
        return body
