"""People, roles, sessions, invitations and API keys."""

import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import kernel.clock
import kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50, unique=True)),
                ("label", models.CharField(max_length=200)),
                ("description", models.CharField(blank=True, max_length=500)),
                ("permissions", models.JSONField(default=list)),
                ("is_builtin", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("email", models.CharField(max_length=254, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("password", models.CharField(blank=True, max_length=255)),
                ("status", models.CharField(default="invited", max_length=16)),
                ("status_reason", models.CharField(blank=True, max_length=500)),
                ("status_at", models.DateTimeField(default=kernel.clock.now)),
                ("epoch", models.PositiveIntegerField(default=0)),
                ("last_login_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="identity_user_email_lower",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "active"), _negated=True),
                            models.Q(("password", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="identity_user_active_has_password",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("key_hash", models.BinaryField(max_length=32, unique=True)),
                ("epoch", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("last_seen_at", models.DateTimeField(default=kernel.clock.now)),
                ("expires_at", models.DateTimeField()),
                ("address", models.CharField(blank=True, max_length=45)),
                ("user_agent", models.CharField(blank=True, max_length=400)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoke_reason", models.CharField(blank=True, max_length=50)),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="sessions", to="identity.user"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("key_id", models.CharField(max_length=16, unique=True)),
                ("secret_hash", models.BinaryField(max_length=32)),
                ("display", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=200)),
                ("scopes", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoke_reason", models.CharField(blank=True, max_length=500)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "owner",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="api_keys", to="identity.user"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RoleBinding",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                (
                    "role",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="bindings", to="identity.role"),
                ),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="bindings", to="identity.user"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "role"), name="identity_rolebinding_once")],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="identity.user"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at", None), ("revoked_at", None)),
                        fields=("user",),
                        name="identity_invitation_one_open",
                    )
                ],
            },
        ),
    ]
