"""Operations and kept answers."""

from django.db import migrations, models

import kernel.clock
import kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="KeptAnswer",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("actor_id", models.CharField(max_length=80)),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.TextField(default="")),
                ("created_at", models.DateTimeField(db_index=True, default=kernel.clock.now)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("actor_id", "key"), name="one_answer_per_key")],
            },
        ),
        migrations.CreateModel(
            name="Operation",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=200, unique=True)),
                ("subject", models.CharField(max_length=64)),
                ("label", models.CharField(max_length=200)),
                ("state", models.CharField(default="queued", max_length=16)),
                ("steps", models.JSONField(default=list)),
                ("step", models.PositiveSmallIntegerField(default=0)),
                ("detail_percent", models.PositiveSmallIntegerField(default=0)),
                ("arguments", models.JSONField(default=dict)),
                ("result", models.JSONField(default=dict)),
                ("sealed_result", models.TextField(blank=True, default="")),
                ("problem", models.JSONField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("started_by", models.CharField(default="", max_length=200)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("started_at", models.DateTimeField(null=True)),
                ("heartbeat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("queued", "running"))), fields=["heartbeat_at"], name="operation_open"
                    )
                ],
            },
        ),
    ]
