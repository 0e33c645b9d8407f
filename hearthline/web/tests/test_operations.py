from django.urls import reverse

from tests.database import as_login
from tests.people import People


def test_a_technician_reads_it_through_a_login_without_clinical_rights(
    committed: None, people: People
) -> None:
    client = people.technician.client
    with as_login("ops"):
        page = client.get(reverse("web:operations"))
    assert page.status_code == 200
    content = page.content.decode()
    assert "Main Street" in content
    assert "No sign of life" in content


def test_nobody_else_opens_it(people: People) -> None:
    for role in ("physician", "administrator", "patient", "auditor"):
        assert getattr(people, role).client.get(reverse("web:operations")).status_code == 403, role
