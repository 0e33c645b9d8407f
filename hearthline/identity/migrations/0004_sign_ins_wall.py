"""Walls and grants of sign-ins and invitations."""

from django.db import migrations

from hearthline.foundation.database import READ_WRITE, global_table, tenant_table


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_sign_ins_and_invitations")]
    operations = [
        tenant_table("identity_invitation", {"app": "SELECT, INSERT, UPDATE"}),
        global_table("identity_signin", {"app": READ_WRITE, "ops": "SELECT"}),
        global_table("identity_authenticatoruse", {"app": "SELECT, INSERT, UPDATE"}),
    ]
