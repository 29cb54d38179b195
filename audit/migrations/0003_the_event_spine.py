"""The tables of the event spine: what is signed, sealed for persons, kept, held, sent on and watched."""

import django.db.models.deletion
from django.db import migrations, models

import kernel.clock
import kernel.ids


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("rule_key", models.CharField(max_length=64)),
                ("title", models.CharField(max_length=200)),
                ("severity", models.PositiveSmallIntegerField()),
                ("group", models.CharField(blank=True, default="", max_length=200)),
                ("state", models.CharField(default="open", max_length=12)),
                ("number", models.PositiveIntegerField(default=1)),
                ("first_seq", models.BigIntegerField()),
                ("last_seq", models.BigIntegerField()),
                ("seqs", models.JSONField(default=list)),
                ("facts", models.JSONField(default=dict)),
                ("happened_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(default=kernel.clock.now)),
                ("told_at", models.DateTimeField(default=None, null=True)),
                ("answered_by", models.CharField(blank=True, default="", max_length=200)),
                ("answered_at", models.DateTimeField(default=None, null=True)),
                ("note", models.CharField(blank=True, default="", max_length=1000)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="AlertChannel",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, unique=True)),
                ("kind", models.CharField(max_length=10)),
                ("sealed_target", models.TextField()),
                ("shown_target", models.CharField(max_length=200)),
                ("from_severity", models.PositiveSmallIntegerField(default=3)),
                ("most_per_hour", models.PositiveIntegerField(default=30)),
                ("paused_at", models.DateTimeField(default=None, null=True)),
                ("told_at", models.DateTimeField(default=None, null=True)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("fault", models.CharField(blank=True, default="", max_length=500)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AlertMemory",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("value", models.JSONField(default=dict)),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="AlertRule",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("key", models.CharField(max_length=64, unique=True)),
                ("text", models.TextField(blank=True, default="")),
                ("is_enabled", models.BooleanField(default=True)),
                ("muted_until", models.DateTimeField(default=None, null=True)),
                ("updated_at", models.DateTimeField(default=kernel.clock.now)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Anchor",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=12)),
                ("name", models.CharField(max_length=80)),
                ("settings", models.JSONField(default=dict)),
                ("sealed_secret", models.TextField(blank=True, default="")),
                ("every_s", models.PositiveIntegerField(default=86400)),
                ("paused_at", models.DateTimeField(default=None, null=True)),
                ("last_epoch", models.PositiveIntegerField(default=0)),
                ("last_size", models.BigIntegerField(default=0)),
                ("last_at", models.DateTimeField(default=None, null=True)),
                ("next_at", models.DateTimeField(default=kernel.clock.now)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("fault", models.CharField(blank=True, default="", max_length=500)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("epoch", models.PositiveIntegerField()),
                ("size", models.BigIntegerField()),
                ("root", models.BinaryField(max_length=32)),
                ("chain", models.BinaryField(max_length=32)),
                ("note", models.TextField()),
                ("signed_at", models.DateTimeField(default=kernel.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name="Cursor",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(default=0)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("fault", models.CharField(blank=True, default="", max_length=500)),
                ("not_before", models.DateTimeField(default=None, null=True)),
                ("leased_by", models.CharField(blank=True, default="", max_length=32)),
                ("leased_until", models.DateTimeField(default=None, null=True)),
                ("moved_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("format", models.CharField(max_length=8)),
                ("filters", models.JSONField(default=dict)),
                ("operation_id", models.UUIDField(default=None, null=True)),
                ("asked_by", models.CharField(max_length=200)),
                ("path", models.CharField(blank=True, default="", max_length=255)),
                ("size_bytes", models.BigIntegerField(default=0)),
                ("row_count", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, default="", max_length=64)),
                ("ready_at", models.DateTimeField(default=None, null=True)),
                ("expires_at", models.DateTimeField(default=None, null=True)),
                ("removed_at", models.DateTimeField(default=None, null=True)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="HeldEntry",
            fields=[
                ("entry_id", models.UUIDField(primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField(unique=True)),
                ("received_at", models.DateTimeField()),
                ("canonical", models.TextField()),
                ("mac", models.BinaryField(max_length=32)),
                ("projection", models.JSONField(default=dict)),
                ("copied_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="IngestedKey",
            fields=[
                ("key", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("entry_id", models.UUIDField()),
                ("digest", models.BinaryField(max_length=32)),
                ("taken_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=120)),
                ("matter", models.CharField(blank=True, default="", max_length=80)),
                ("reason", models.CharField(max_length=1000)),
                ("owner_id", models.CharField(max_length=80)),
                ("owner_label", models.CharField(max_length=200)),
                ("actor_id", models.CharField(blank=True, default="", max_length=80)),
                ("subject", models.CharField(blank=True, default="", max_length=80)),
                ("action", models.CharField(blank=True, default="", max_length=64)),
                ("since", models.DateTimeField(default=None, null=True)),
                ("until", models.DateTimeField(default=None, null=True)),
                ("placed_at", models.DateTimeField(default=kernel.clock.now)),
                ("lift_asked_by", models.CharField(blank=True, default="", max_length=80)),
                ("lift_asked_at", models.DateTimeField(default=None, null=True)),
                ("lift_reason", models.CharField(blank=True, default="", max_length=1000)),
                ("lifted_by", models.CharField(blank=True, default="", max_length=80)),
                ("lifted_at", models.DateTimeField(default=None, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Notification",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("not_before", models.DateTimeField(default=kernel.clock.now)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("fault", models.CharField(blank=True, default="", max_length=500)),
                ("told_at", models.DateTimeField(default=None, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PersonKey",
            fields=[
                ("ref", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("sealed", models.TextField()),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Pruning",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("stage", models.CharField(max_length=8)),
                ("partition", models.CharField(blank=True, default="", max_length=63)),
                ("first_seq", models.BigIntegerField()),
                ("last_seq", models.BigIntegerField()),
                ("number", models.BigIntegerField()),
                ("held", models.BigIntegerField(default=0)),
                ("policies", models.JSONField(default=dict)),
                ("pruned_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("anchor_id", models.UUIDField(db_index=True)),
                ("kind", models.CharField(max_length=12)),
                ("receipt", models.BinaryField()),
                ("given_at", models.DateTimeField(default=kernel.clock.now)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RetentionPolicy",
            fields=[
                ("category", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("body_days", models.PositiveIntegerField(default=0)),
                ("seal_days", models.PositiveIntegerField(default=0)),
                ("basis", models.CharField(blank=True, default="", max_length=500)),
                ("updated_at", models.DateTimeField(default=kernel.clock.now)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("owner_id", models.CharField(max_length=80)),
                ("is_shared", models.BooleanField(default=False)),
                ("filters", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("epoch", models.PositiveIntegerField()),
                ("origin", models.CharField(max_length=255)),
                ("public", models.BinaryField(max_length=32)),
                ("sealed_private", models.TextField()),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("retired_at", models.DateTimeField(default=None, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=8)),
                ("format", models.CharField(max_length=8)),
                ("format_version", models.CharField(blank=True, default="", max_length=16)),
                ("settings", models.JSONField(default=dict)),
                ("filters", models.JSONField(default=dict)),
                ("sealed_secret", models.TextField(blank=True, default="")),
                ("paused_at", models.DateTimeField(default=None, null=True)),
                ("sent_at", models.DateTimeField(default=None, null=True)),
                ("created_at", models.DateTimeField(default=kernel.clock.now)),
                ("version", models.PositiveIntegerField(default=1)),
            ],
        ),
        migrations.CreateModel(
            name="Tile",
            fields=[
                ("key", models.BigIntegerField(primary_key=True, serialize=False)),
                ("hashes", models.BinaryField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveIndex(
            model_name="entry",
            name="entry_received",
        ),
        migrations.AddField(
            model_name="entry",
            name="category",
            field=models.CharField(db_default="", default="", max_length=16),
        ),
        migrations.AddField(
            model_name="entry",
            name="severity",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="entry",
            name="source",
            field=models.CharField(db_default="freehold", default="freehold", max_length=8),
        ),
        migrations.AddField(
            model_name="head",
            name="anchor_chain",
            field=models.BinaryField(db_default=b"", default=b""),
        ),
        migrations.AddField(
            model_name="head",
            name="anchor_frontier",
            field=models.BinaryField(db_default=b"", default=b""),
        ),
        migrations.AddField(
            model_name="head",
            name="epoch",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="head",
            name="frontier",
            field=models.BinaryField(db_default=b"", default=b""),
        ),
        migrations.AddField(
            model_name="head",
            name="minimum_index",
            field=models.BigIntegerField(db_default=0, default=0),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["state", "-id"], name="alert_state"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "closed"), _negated=True), fields=("rule_key", "group"), name="alert_one_per_group"
            ),
        ),
        migrations.AddConstraint(
            model_name="checkpoint",
            constraint=models.UniqueConstraint(fields=("epoch", "size"), name="checkpoint_epoch_size"),
        ),
        migrations.AddField(
            model_name="notification",
            name="alert",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="notifications", to="audit.alert"),
        ),
        migrations.AddField(
            model_name="notification",
            name="channel",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="notifications", to="audit.alertchannel"
            ),
        ),
        migrations.AddField(
            model_name="receipt",
            name="checkpoint",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="audit.checkpoint"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.UniqueConstraint(fields=("owner_id", "name"), name="saved_view_name"),
        ),
        migrations.AddIndex(
            model_name="signingkey",
            index=models.Index(fields=["epoch", "-id"], name="signing_key_epoch"),
        ),
        migrations.AddConstraint(
            model_name="stream",
            constraint=models.UniqueConstraint(fields=("name",), name="stream_name"),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.UniqueConstraint(fields=("alert", "channel"), name="notification_once"),
        ),
    ]
