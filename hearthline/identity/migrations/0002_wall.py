"""The membership wall, the shared cache table, and what each login may do on tables without an organization."""

from django.db import migrations

from hearthline.foundation.database import READ_WRITE, global_table, tenant_table

CACHE_TABLE = """
CREATE TABLE identity_cache (
  cache_key varchar(255) PRIMARY KEY,
  value text NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX identity_cache_expires ON identity_cache (expires);
"""
QUEUE_TABLES = (
    "procrastinate_jobs",
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_workers",
)
ACCOUNT_TABLES = ("account_emailaddress", "account_emailconfirmation", "mfa_authenticator", "identity_cache")


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("tenancy", "0003_wall"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("sessions", "0001_initial"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations = [
        tenant_table(
            "identity_membership",
            {"app": "SELECT, INSERT, UPDATE", "ops": "SELECT"},
            or_where="user_id = (SELECT tenancy_user())",
        ),
        migrations.RunSQL(CACHE_TABLE, reverse_sql="DROP TABLE identity_cache"),
        global_table("identity_user", {"app": "SELECT, INSERT, UPDATE", "ops": "SELECT"}),
        global_table("django_session", {"app": READ_WRITE, "ops": "SELECT, UPDATE"}),
        *[global_table(table, {"app": READ_WRITE}) for table in ACCOUNT_TABLES],
        *[global_table(table, {"app": READ_WRITE, "ops": "SELECT"}) for table in QUEUE_TABLES],
        *[global_table(table, {"app": "SELECT"}) for table in ("django_content_type", "django_migrations")],
        migrations.RunSQL(
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hearthline_app",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
