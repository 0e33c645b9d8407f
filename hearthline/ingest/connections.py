"""The edge's own connections: plain psycopg, prepared statements, beside Django's."""

from typing import Any

import psycopg
from django.db import connection

OPTIONS_OF_DJANGO = {"server_side_binding", "isolation_level", "pool", "assume_role"}
PREPARE_AFTER = 1  # every statement here is said again and again


def connect(*, autocommit: bool) -> psycopg.Connection[Any]:
    """Open a connection as this process's login."""
    facts = connection.settings_dict
    options = {key: value for key, value in facts["OPTIONS"].items() if key not in OPTIONS_OF_DJANGO}
    return psycopg.connect(
        host=facts["HOST"],
        port=facts["PORT"] or None,
        user=facts["USER"],
        password=facts["PASSWORD"],
        dbname=facts["NAME"],
        autocommit=autocommit,
        prepare_threshold=PREPARE_AFTER,
        **options,
    )
