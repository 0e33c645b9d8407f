"""Every page that can be opened without a story behind it, judged and photographed as its people see it."""

from collections.abc import Callable

import pytest

from tests.people import People

pytestmark = pytest.mark.browser
PAGES = [
    ("sign-in", "/sign-in/", None),
    ("sign-in-code", "/sign-in/code/", None),
    ("forgotten-password", "/sign-in/forgotten/", None),
    ("register", "/o/riverbend/register/", None),
    ("appointments", "/care/appointments/", "patient"),
    ("book", "/care/book/", "patient"),
    ("summaries", "/care/summaries/", "patient"),
    ("security", "/account/security/", "physician"),
    ("devices", "/account/devices/", "physician"),
    ("staff", "/administration/staff/", "administrator"),
    ("invite", "/administration/staff/invite/", "administrator"),
    ("audit", "/administration/audit/", "auditor"),
    ("note-templates", "/administration/note-templates/", "administrator"),
]


@pytest.mark.parametrize(("name", "address", "role"), PAGES, ids=[page[0] for page in PAGES])
def test_page_is_sound(
    name: str, address: str, role: str | None, people: People, look_at: Callable[..., None]
) -> None:
    look_at(address, name, people.by_role[role] if role else None)
