"""The service provider's pages keep a stay alive, and end one that has run out; they do nothing else to it."""

from django.db import migrations

from hearthline.foundation.database import global_table


class Migration(migrations.Migration):
    dependencies = [("identity", "0004_sign_ins_wall")]
    operations = [
        global_table("identity_signin", {"ops": 'SELECT, UPDATE (last_active_at, ended_at, "end")'}),
    ]
