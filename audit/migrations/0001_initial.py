"""Entries, their queue, seals, the head of the chain, and what waits for the platform."""

from django.db import migrations, models

import kernel.clock
import kernel.ids


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("chain", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="Mirrored",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="QueuedEntry",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField(unique=True)),
                ("leaf", models.BinaryField(max_length=32)),
                ("chain", models.BinaryField(max_length=32)),
                ("sealed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("received_at", models.DateTimeField(default=kernel.clock.now)),
                ("action", models.CharField(max_length=64)),
                ("outcome", models.CharField(max_length=8)),
                ("actor_kind", models.CharField(max_length=8)),
                ("actor_id", models.CharField(max_length=80)),
                ("actor_label", models.CharField(max_length=200)),
                ("subject", models.CharField(max_length=80)),
                ("subject_label", models.CharField(max_length=200)),
                ("request_id", models.CharField(max_length=64)),
                ("address", models.CharField(max_length=45)),
                ("canonical", models.TextField()),
                ("mac", models.BinaryField(max_length=32)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["action", "-id"], name="entry_action"),
                    models.Index(fields=["actor_id", "-id"], name="entry_actor"),
                    models.Index(fields=["subject", "-id"], name="entry_subject"),
                    models.Index(fields=["received_at"], name="entry_received"),
                ],
            },
        ),
    ]
