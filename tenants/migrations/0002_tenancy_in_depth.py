"""Regions, plans, spare places, the fleet's ledger, backups; domains that are claimed and proven; a slug is free again after a purge."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.clock
import kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=16)),
                ("state", models.CharField(default="writing", max_length=16)),
                ("cell", models.CharField(max_length=63)),
                ("region", models.CharField(max_length=40)),
                ("path", models.CharField(max_length=300)),
                ("manifest_sha256", models.CharField(blank=True, default="", max_length=64)),
                ("table_count", models.PositiveIntegerField(default=0)),
                ("row_count", models.PositiveBigIntegerField(default=0)),
                ("size_bytes", models.PositiveBigIntegerField(default=0)),
                ("lsn", models.CharField(blank=True, default="", max_length=32)),
                ("taken_at", models.DateTimeField(default=kernel.clock.now)),
                ("expires_at", models.DateTimeField(null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("verify_ms", models.PositiveIntegerField(null=True)),
                ("fault", models.CharField(blank=True, default="", max_length=500)),
                ("version", models.PositiveBigIntegerField(default=1)),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="erasure",
                        serialize=False,
                        to="tenants.tenant",
                    ),
                ),
                ("proof", models.JSONField()),
                ("sha256", models.CharField(max_length=64)),
                ("purged_at", models.DateTimeField(default=kernel.clock.now)),
                ("last_backup_expires_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("-purged_at",),
            },
        ),
        migrations.CreateModel(
            name="FleetResult",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("tenant_id", models.UUIDField(null=True)),
                ("schema", models.CharField(max_length=63)),
                ("label", models.CharField(max_length=120)),
                ("cell", models.CharField(max_length=63)),
                ("ring", models.PositiveSmallIntegerField()),
                ("state", models.CharField(default="waiting", max_length=16)),
                ("way", models.CharField(blank=True, default="", max_length=16)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("elapsed_ms", models.PositiveIntegerField(default=0)),
                ("error", models.CharField(blank=True, default="", max_length=1000)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("ring", "id"),
            },
        ),
        migrations.CreateModel(
            name="FleetRun",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("target", models.CharField(max_length=64)),
                ("state", models.CharField(default="running", max_length=16)),
                ("plan", models.JSONField(default=list)),
                ("options", models.JSONField(default=dict)),
                ("operation", models.CharField(blank=True, default="", max_length=64)),
                ("problem", models.CharField(blank=True, default="", max_length=1000)),
                ("version", models.PositiveBigIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Leftover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("schema", models.CharField(max_length=63)),
                ("tenant_id", models.UUIDField(null=True)),
                ("reason", models.CharField(max_length=200)),
                ("drop_after", models.DateTimeField()),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "ordering": ("drop_after",),
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("code", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("label", models.CharField(max_length=120)),
                ("settings", models.JSONField(default=dict)),
                ("cell_kind", models.CharField(default="shared", max_length=16)),
                ("version", models.PositiveBigIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                ("code", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("jurisdiction", models.CharField(max_length=40)),
                ("label", models.CharField(max_length=120)),
                ("version", models.PositiveBigIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "ordering": ("code",),
            },
        ),
        migrations.CreateModel(
            name="Spare",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("schema", models.CharField(max_length=34, unique=True)),
                ("template_state", models.CharField(max_length=64)),
                ("state", models.CharField(default="building", max_length=16)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Template",
            fields=[
                ("state", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("script", models.TextField()),
                ("migrations", models.JSONField(default=list)),
                ("statements", models.PositiveIntegerField()),
                ("compile_ms", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "ordering": ("-created_at",),
            },
        ),
        migrations.AddField(
            model_name="cell",
            name="created_at",
            field=models.DateTimeField(default=kernel.clock.now),
        ),
        migrations.AddField(
            model_name="cell",
            name="kind",
            field=models.CharField(default="shared", max_length=16),
        ),
        migrations.AddField(
            model_name="cell",
            name="sealed_url",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="cell",
            name="version",
            field=models.PositiveBigIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="domain",
            name="checked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="claim_expires_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="failures",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="domain",
            name="findings",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="domain",
            name="lapsed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="next_check_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="quarantined_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="domain",
            name="redirects",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="domain",
            name="state",
            field=models.CharField(default="active", max_length=16),
        ),
        migrations.AddField(
            model_name="domain",
            name="verified_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="delete_after",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="tenant",
            name="previous_reason",
            field=models.CharField(blank=True, default="", max_length=500),
        ),
        migrations.AddField(
            model_name="tenant",
            name="previous_state",
            field=models.CharField(blank=True, default="", max_length=16),
        ),
        migrations.AddField(
            model_name="tenant",
            name="residency",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="tenant",
            name="settings",
            field=models.JSONField(default=dict),
        ),
        migrations.AlterField(
            model_name="domain",
            name="host",
            field=models.CharField(db_index=True, max_length=253),
        ),
        migrations.AlterField(
            model_name="tenant",
            name="slug",
            field=models.CharField(max_length=40),
        ),
        migrations.AlterField(
            model_name="tenant",
            name="slug_skeleton",
            field=models.CharField(max_length=40),
        ),
        migrations.AddIndex(
            model_name="domain",
            index=models.Index(fields=["next_check_at"], name="tenants_domain_due"),
        ),
        migrations.AddConstraint(
            model_name="domain",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("active", "lapsed"))), fields=("host",), name="tenants_one_tenant_per_host"
            ),
        ),
        migrations.AddConstraint(
            model_name="domain",
            constraint=models.UniqueConstraint(fields=("tenant", "host"), name="tenants_one_row_per_host"),
        ),
        migrations.AddField(
            model_name="backup",
            name="tenant",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="backups", to="tenants.tenant"),
        ),
        migrations.AddField(
            model_name="fleetresult",
            name="run",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="results", to="tenants.fleetrun"),
        ),
        migrations.AddField(
            model_name="leftover",
            name="cell",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="leftovers", to="tenants.cell"),
        ),
        migrations.AddField(
            model_name="tenant",
            name="plan",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="tenants", to="tenants.plan"
            ),
        ),
        migrations.AddIndex(
            model_name="tenant",
            index=models.Index(fields=["state", "delete_after"], name="tenants_by_state"),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "purged"), _negated=True), fields=("slug",), name="tenants_one_slug"
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "purged"), _negated=True), fields=("slug_skeleton",), name="tenants_one_skeleton"
            ),
        ),
        migrations.AddField(
            model_name="spare",
            name="cell",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="spares", to="tenants.cell"),
        ),
        migrations.AddIndex(
            model_name="backup",
            index=models.Index(fields=["state", "expires_at"], name="tenants_backups_expiring"),
        ),
        migrations.AddIndex(
            model_name="fleetresult",
            index=models.Index(fields=["run", "state", "ring"], name="tenants_results"),
        ),
        migrations.AddConstraint(
            model_name="fleetresult",
            constraint=models.UniqueConstraint(fields=("run", "cell", "schema"), name="tenants_one_result"),
        ),
        migrations.AddConstraint(
            model_name="leftover",
            constraint=models.UniqueConstraint(fields=("cell", "schema"), name="tenants_one_leftover"),
        ),
        migrations.AddIndex(
            model_name="spare",
            index=models.Index(fields=["cell", "state", "template_state"], name="tenants_spares"),
        ),
    ]
