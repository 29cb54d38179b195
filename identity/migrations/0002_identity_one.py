"""Teams, service accounts, seats, factors, policies, networks, signing keys, bulk changes, and what a tenant decided about its security."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.clock
import kernel.ids


class Migration(migrations.Migration):
    """Identity, first part."""

    dependencies = [
        ("identity", "0001_initial"),
    ]

    contracts = (
        "the new checks hold for whatever code of the release before writes: its bindings and keys have a person, and nothing else"
    )

    operations = [
        migrations.CreateModel(
            name="BulkRow",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("given", models.JSONField(default=dict)),
                ("outcome", models.CharField(default="waiting", max_length=12)),
                ("detail", models.CharField(blank=True, max_length=500)),
                ("person_id", models.UUIDField(null=True)),
                ("before", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="BulkRun",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("operation_id", models.UUIDField(null=True, unique=True)),
                ("kind", models.CharField(max_length=24)),
                ("file_name", models.CharField(blank=True, max_length=200)),
                ("is_rehearsal", models.BooleanField(default=False)),
                ("settings", models.JSONField(default=dict)),
                ("created_by", models.CharField(max_length=80)),
                ("created_by_label", models.CharField(max_length=254)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="DataKey",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("short_id", models.CharField(max_length=12, unique=True)),
                ("tenant_id", models.UUIDField()),
                ("wrapped", models.TextField()),
                ("provider", models.CharField(max_length=16)),
                ("wrapped_by", models.CharField(max_length=200)),
                ("state", models.CharField(default="active", max_length=12)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("retired_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "active")), fields=("state",), name="identity_one_active_data_key"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="IpRule",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("cidr", models.CharField(max_length=43)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="MfaPolicy",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("required", models.CharField(default="off", max_length=24)),
                ("allowed_factors", models.JSONField(default=list)),
                ("allowed_aaguids", models.JSONField(default=list)),
                ("grace_days", models.PositiveSmallIntegerField(default=0)),
                ("remember_days", models.PositiveSmallIntegerField(default=0)),
                ("trusted_amr", models.JSONField(default=list)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="OneTimeCode",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("code_hash", models.BinaryField(max_length=32)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PasswordReset",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("epoch", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Policy",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50, unique=True)),
                ("description", models.CharField(blank=True, max_length=500)),
                ("text", models.TextField(max_length=4000)),
                ("state", models.CharField(default="draft", max_length=16)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("changed_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("code_hash", models.BinaryField(max_length=32, unique=True)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Seat",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("is_over", models.BooleanField(default=False)),
                ("taken_at", models.DateTimeField(default=kernel.clock.now)),
                ("released_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SeatPolicy",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("maximum", models.PositiveIntegerField(null=True)),
                ("rule", models.CharField(default="refuse", max_length=8)),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SecuritySettings",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("session_idle_s", models.PositiveIntegerField(null=True)),
                ("session_absolute_s", models.PositiveIntegerField(null=True)),
                ("sessions_maximum", models.PositiveSmallIntegerField(null=True)),
                ("password_minimum", models.PositiveSmallIntegerField(null=True)),
                ("password_may_reset", models.BooleanField(default=True)),
                ("step_up_s", models.PositiveIntegerField(null=True)),
                ("inactive_days", models.PositiveSmallIntegerField(null=True)),
                ("key_days_maximum", models.PositiveSmallIntegerField(null=True)),
                ("support_may_enter", models.BooleanField(default=True)),
                ("timezone", models.CharField(blank=True, db_default="", default="", max_length=64)),
                ("version", models.PositiveIntegerField(default=1)),
                ("changed_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ServiceAccount",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50, unique=True)),
                ("label", models.CharField(max_length=200)),
                ("description", models.CharField(blank=True, max_length=500)),
                ("attributes", models.JSONField(default=dict)),
                ("status", models.CharField(default="active", max_length=16)),
                ("status_reason", models.CharField(blank=True, max_length=500)),
                ("status_at", models.DateTimeField(default=kernel.clock.now)),
                ("epoch", models.PositiveIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SignInAttempt",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("purpose", models.CharField(max_length=16)),
                ("method", models.CharField(db_default="password", default="password", max_length=16)),
                ("epoch", models.PositiveIntegerField(default=0)),
                ("proofs", models.JSONField(default=list)),
                ("challenge", models.BinaryField(max_length=64, null=True)),
                ("return_path", models.CharField(blank=True, max_length=500)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("consumed_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("key_id", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("algorithm", models.CharField(max_length=16)),
                ("sealed_secret", models.TextField(blank=True)),
                ("public_key", models.BinaryField(max_length=32, null=True)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoke_reason", models.CharField(blank=True, max_length=500)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SmsDevice",
            fields=[
                ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                (
                    "throttling_failure_timestamp",
                    models.DateTimeField(
                        blank=True,
                        default=None,
                        help_text="A timestamp of the last failed verification attempt. Null if last attempt succeeded.",
                        null=True,
                    ),
                ),
                (
                    "throttling_failure_count",
                    models.PositiveIntegerField(default=0, help_text="Number of successive failed attempts."),
                ),
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("sealed_number", models.TextField()),
                ("number_digest", models.BinaryField(max_length=32)),
                ("hint", models.CharField(max_length=8)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("last_used_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50, unique=True)),
                ("label", models.CharField(max_length=200)),
                ("description", models.CharField(blank=True, max_length=500)),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("source", models.CharField(default="local", max_length=16)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="TotpDevice",
            fields=[
                ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                (
                    "throttling_failure_timestamp",
                    models.DateTimeField(
                        blank=True,
                        default=None,
                        help_text="A timestamp of the last failed verification attempt. Null if last attempt succeeded.",
                        null=True,
                    ),
                ),
                (
                    "throttling_failure_count",
                    models.PositiveIntegerField(default=0, help_text="Number of successive failed attempts."),
                ),
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("sealed_seed", models.TextField()),
                ("algorithm", models.CharField(default="SHA1", max_length=8)),
                ("digits", models.PositiveSmallIntegerField(default=6)),
                ("step_s", models.PositiveSmallIntegerField(default=30)),
                ("last_step", models.BigIntegerField(default=-1)),
                ("drift", models.SmallIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("last_used_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="TrustedDevice",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("token_hash", models.BinaryField(max_length=32, unique=True)),
                ("epoch", models.PositiveIntegerField()),
                ("label", models.CharField(max_length=200)),
                ("address", models.CharField(blank=True, max_length=45)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WebAuthnCredential",
            fields=[
                ("name", models.CharField(help_text="The human-readable name of this device.", max_length=64)),
                ("confirmed", models.BooleanField(default=True, help_text="Is this device ready for use?")),
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("rp_id", models.CharField(max_length=253)),
                ("credential_id", models.BinaryField(max_length=1023, unique=True)),
                ("public_key", models.BinaryField(max_length=2048)),
                ("sign_count", models.BigIntegerField(default=0)),
                ("aaguid", models.UUIDField()),
                ("attestation", models.CharField(max_length=32)),
                ("transports", models.JSONField(default=list)),
                ("is_synced", models.BooleanField(default=False)),
                ("verifies_user", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=kernel.clock.now, editable=False)),
                ("last_used_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="user",
            name="identity_user_active_has_password",
        ),
        migrations.AddField(
            model_name="apikey",
            name="last_address",
            field=models.CharField(blank=True, db_default="", default="", max_length=45),
        ),
        migrations.AddField(
            model_name="apikey",
            name="networks",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="apikey",
            name="overlap_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="rate_per_s",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="apikey",
            name="requires_signature",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="apikey",
            name="rotated_from",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="replacements", to="identity.apikey"
            ),
        ),
        migrations.AddField(
            model_name="invitation",
            name="invited_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
        migrations.AddField(
            model_name="invitation",
            name="mailed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="rolebinding",
            name="expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="rolebinding",
            name="source",
            field=models.CharField(db_default="local", default="local", max_length=16),
        ),
        migrations.AddField(
            model_name="session",
            name="amr",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="session",
            name="idle_s",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="impersonation_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AddField(
            model_name="session",
            name="impersonator",
            field=models.CharField(blank=True, db_default="", default="", max_length=80),
        ),
        migrations.AddField(
            model_name="session",
            name="impersonator_label",
            field=models.CharField(blank=True, db_default="", default="", max_length=254),
        ),
        migrations.AddField(
            model_name="session",
            name="impersonator_epoch",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="rotate_due",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="session",
            name="last_address",
            field=models.CharField(blank=True, db_default="", default="", max_length=45),
        ),
        migrations.AddField(
            model_name="session",
            name="method",
            field=models.CharField(db_default="password", default="password", max_length=16),
        ),
        migrations.AddField(
            model_name="session",
            name="mfa_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="proved_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="armed_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="attributes",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="user",
            name="is_break_glass",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="joined_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="locale",
            field=models.CharField(blank=True, db_default="", default="", max_length=35),
        ),
        migrations.AddField(
            model_name="user",
            name="mfa_grace_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="password_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="reminded_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="status_source",
            field=models.CharField(db_default="admin", default="admin", max_length=16),
        ),
        migrations.AddField(
            model_name="user",
            name="timezone",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AlterField(
            model_name="apikey",
            name="owner",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="api_keys", to="identity.user"
            ),
        ),
        migrations.AlterField(
            model_name="rolebinding",
            name="user",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="bindings", to="identity.user"
            ),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(fields=["invited_by"], name="identity_invitation_by"),
        ),
        migrations.AddField(
            model_name="bulkrun",
            name="undoes",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="undone_by", to="identity.bulkrun"
            ),
        ),
        migrations.AddField(
            model_name="bulkrow",
            name="run",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="identity.bulkrun"),
        ),
        migrations.AddField(
            model_name="iprule",
            name="role",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="ip_rules", to="identity.role"
            ),
        ),
        migrations.AddField(
            model_name="mfapolicy",
            name="role",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="mfa_policies", to="identity.role"
            ),
        ),
        migrations.AddField(
            model_name="mfapolicy",
            name="user",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="mfa_policies", to="identity.user"
            ),
        ),
        migrations.AddField(
            model_name="passwordreset",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="password_resets", to="identity.user"
            ),
        ),
        migrations.AddField(
            model_name="recoverycode",
            name="user",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="recovery_codes", to="identity.user"),
        ),
        migrations.AddField(
            model_name="seat",
            name="user",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="identity.user"),
        ),
        migrations.AddField(
            model_name="apikey",
            name="service_account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="api_keys", to="identity.serviceaccount"
            ),
        ),
        migrations.AddField(
            model_name="rolebinding",
            name="service_account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="bindings", to="identity.serviceaccount"
            ),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("owner__isnull", False), ("service_account", None)),
                    models.Q(("owner", None), ("service_account__isnull", False)),
                    _connector="OR",
                ),
                name="identity_apikey_one_owner",
            ),
        ),
        migrations.AddField(
            model_name="signinattempt",
            name="session",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="step_ups", to="identity.session"
            ),
        ),
        migrations.AddField(
            model_name="signinattempt",
            name="user",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="sign_in_attempts", to="identity.user"
            ),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="attempt",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="identity.signinattempt"),
        ),
        migrations.AddField(
            model_name="signingkey",
            name="api_key",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="signing_keys", to="identity.apikey"),
        ),
        migrations.AddField(
            model_name="smsdevice",
            name="user",
            field=models.ForeignKey(
                help_text="The user that this device belongs to.", on_delete=django.db.models.deletion.CASCADE, to="identity.user"
            ),
        ),
        migrations.AddField(
            model_name="onetimecode",
            name="device",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="identity.smsdevice"),
        ),
        migrations.AddField(
            model_name="mfapolicy",
            name="team",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="mfa_policies", to="identity.team"
            ),
        ),
        migrations.AddField(
            model_name="rolebinding",
            name="team",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="bindings", to="identity.team"
            ),
        ),
        migrations.AddConstraint(
            model_name="rolebinding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("service_account", None), ("team", None), ("user__isnull", False)),
                    models.Q(("service_account", None), ("team__isnull", False), ("user", None)),
                    models.Q(("service_account__isnull", False), ("team", None), ("user", None)),
                    _connector="OR",
                ),
                name="identity_rolebinding_is_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="rolebinding",
            constraint=models.UniqueConstraint(fields=("team", "role"), name="identity_rolebinding_team_once"),
        ),
        migrations.AddConstraint(
            model_name="rolebinding",
            constraint=models.UniqueConstraint(fields=("service_account", "role"), name="identity_rolebinding_service_once"),
        ),
        migrations.AddField(
            model_name="teammember",
            name="service_account",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="identity.serviceaccount"
            ),
        ),
        migrations.AddField(
            model_name="teammember",
            name="team",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="members", to="identity.team"),
        ),
        migrations.AddField(
            model_name="teammember",
            name="user",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="identity.user"
            ),
        ),
        migrations.AddField(
            model_name="totpdevice",
            name="user",
            field=models.ForeignKey(
                help_text="The user that this device belongs to.", on_delete=django.db.models.deletion.CASCADE, to="identity.user"
            ),
        ),
        migrations.AddField(
            model_name="trusteddevice",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="trusted_devices", to="identity.user"
            ),
        ),
        migrations.AddField(
            model_name="webauthncredential",
            name="user",
            field=models.ForeignKey(
                help_text="The user that this device belongs to.", on_delete=django.db.models.deletion.CASCADE, to="identity.user"
            ),
        ),
        migrations.AddConstraint(
            model_name="bulkrow",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="identity_bulkrow_once"),
        ),
        migrations.AddConstraint(
            model_name="iprule",
            constraint=models.UniqueConstraint(fields=("cidr", "role"), name="identity_iprule_once", nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name="seat",
            constraint=models.UniqueConstraint(
                condition=models.Q(("released_at", None)), fields=("user",), name="identity_seat_one_taken"
            ),
        ),
        migrations.AddConstraint(
            model_name="mfapolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", None), ("team", None), ("user", None)),
                    models.Q(("role__isnull", False), ("team", None), ("user", None)),
                    models.Q(("role", None), ("team__isnull", False), ("user", None)),
                    models.Q(("role", None), ("team", None), ("user__isnull", False)),
                    _connector="OR",
                ),
                name="identity_mfapolicy_one_scope",
            ),
        ),
        migrations.AddConstraint(
            model_name="mfapolicy",
            constraint=models.UniqueConstraint(
                fields=("role", "team", "user"), name="identity_mfapolicy_once", nulls_distinct=False
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("service_account__isnull", False), ("user", None)),
                    models.Q(("service_account", None), ("user__isnull", False)),
                    _connector="OR",
                ),
                name="identity_teammember_is_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.UniqueConstraint(fields=("team", "user"), name="identity_teammember_user_once"),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.UniqueConstraint(fields=("team", "service_account"), name="identity_teammember_service_once"),
        ),
    ]
