"""What goes wrong in the database does not write what people said into its log."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from hearthline.foundation.ids import new_id
from hearthline.tenancy.context import acting_in
from hearthline.tenancy.models import Site
from tests.people import make_organization
from tools.project import log_path

CANARY = "CANARY-chest-pain-7731"


def test_a_failed_insert_leaves_no_words_in_the_log(committed: None) -> None:
    path = log_path("postgres")
    if not path.is_file():
        pytest.skip("this database was not started by ./run, so its log is elsewhere")
    organization = make_organization("north", "North")
    size = path.stat().st_size
    site = {"organization_id": organization.id, "name": CANARY, "zone": "UTC", "jurisdiction": "US-TX"}
    with acting_in(organization.id):
        Site.objects.create(**site)
    with pytest.raises(DatabaseError), acting_in(organization.id):
        Site.objects.create(**site)  # a duplicate: PostgreSQL's own detail would quote the key
    with pytest.raises(DatabaseError), acting_in(organization.id):
        Site.objects.create(**{**site, "organization_id": new_id()})
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::integer", [CANARY])
    with path.open("rb") as log:
        log.seek(size)
        assert CANARY.encode() not in log.read()
