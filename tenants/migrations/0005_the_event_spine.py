"""What home knows of logs: how far each was signed, which persons were forgotten, and which actions the product tells of."""

from django.db import migrations, models

import kernel.clock
import kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("tenants", "0004_cells_belong_to_regions"),
    ]

    operations = [
        migrations.CreateModel(
            name="PublishedHead",
            fields=[
                ("tenant_id", models.UUIDField(primary_key=True, serialize=False)),
                ("epoch", models.PositiveIntegerField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("note", models.TextField()),
                ("published_at", models.DateTimeField(default=kernel.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name="ForgottenPerson",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("tenant_id", models.UUIDField(db_index=True)),
                ("ref", models.CharField(max_length=80)),
                ("forgotten_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("tenant_id", "ref"), name="forgotten_once")],
            },
        ),
        migrations.CreateModel(
            name="ProductAction",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=64)),
                ("version", models.PositiveIntegerField(default=1)),
                ("title", models.CharField(blank=True, default="", max_length=120)),
                ("category", models.CharField(max_length=16)),
                ("severity", models.PositiveSmallIntegerField(default=1)),
                ("schema", models.JSONField(default=dict)),
                ("personal", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("retired_at", models.DateTimeField(default=None, null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("name", "version"), name="product_action_version")],
            },
        ),
    ]
