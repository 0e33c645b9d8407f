"""PostgreSQL for this project: found, run and watched, with a database and its logins.

In this order: ``DATABASE_URL``; the server programs of this machine, run by our own small keeper as an
unprivileged user; else one sentence that says what to install.
"""
