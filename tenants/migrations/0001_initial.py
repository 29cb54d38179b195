"""Cells, tenants, domains, and the outbox of the registry."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.clock
import kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Cell",
            fields=[
                ("name", models.CharField(max_length=63, primary_key=True, serialize=False)),
                ("region", models.CharField(max_length=40)),
                ("state", models.CharField(default="open", max_length=16)),
                ("capacity", models.PositiveIntegerField(default=1000)),
            ],
            options={
                "ordering": ("name",),
            },
        ),
        migrations.CreateModel(
            name="PendingEntry",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("sealed", models.TextField()),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Tenant",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("slug", models.CharField(max_length=40, unique=True)),
                ("slug_skeleton", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("schema", models.CharField(max_length=34, unique=True)),
                ("code", models.CharField(max_length=6, unique=True)),
                ("state", models.CharField(default="requested", max_length=16)),
                ("state_reason", models.CharField(blank=True, default="", max_length=500)),
                ("state_since", models.DateTimeField(default=kernel.clock.now)),
                ("version", models.PositiveBigIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("cell", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="tenants", to="tenants.cell")),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="Domain",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("host", models.CharField(max_length=253, unique=True)),
                ("kind", models.CharField(default="custom", max_length=16)),
                ("is_primary", models.BooleanField(default=False)),
                ("version", models.PositiveBigIntegerField(default=1)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                (
                    "tenant",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="domains", to="tenants.tenant"),
                ),
            ],
            options={
                "ordering": ("-id",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_primary", True)), fields=("tenant",), name="tenants_one_primary_domain"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "platform")), fields=("tenant",), name="tenants_one_platform_domain"
                    ),
                ],
            },
        ),
    ]
