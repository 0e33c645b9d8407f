import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from hearthline.tenancy.context import acting_in, set_context
from hearthline.tenancy.models import Site
from tests.people import People


def test_without_a_context_no_row_is_seen(people: People) -> None:
    assert Site.objects.count() == 1
    set_context(None)
    assert Site.objects.count() == 0


def test_each_organization_sees_its_own(people: People) -> None:
    with acting_in(people.other_organization.id):
        assert not Site.objects.exists()
    assert Site.objects.get() == people.site


def test_a_row_for_another_organization_is_refused(people: People) -> None:
    site = Site(organization=people.other_organization, name="Elsewhere", zone="UTC", jurisdiction="US-NY")
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        site.save()


def test_a_forged_context_is_refused(people: People) -> None:
    forged = f"{people.other_organization.id}||9999999999|{'0' * 64}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('hearthline.context', %s, true)", [forged])
        with pytest.raises(DatabaseError, match="not genuine"), transaction.atomic():
            cursor.execute("SELECT count(*) FROM tenancy_site")
