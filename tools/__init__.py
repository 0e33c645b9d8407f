"""What ``./run`` stands on: small programs that need the standard library and, for the database, psycopg."""
