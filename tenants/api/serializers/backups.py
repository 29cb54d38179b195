"""Shapes of copies of tenants."""

from typing import Any

from rest_framework import serializers

from kernel.api.parsing import Shape
from kernel.api.views import PageQuery
from tenants.models import BackupKind, BackupState

KINDS = [kind.value for kind in BackupKind]
STATES = [state.value for state in BackupState]


class BackupQuery(PageQuery):
    """The filters of the lists of backups."""

    q = serializers.CharField(
        max_length=100, default="", required=False, allow_blank=True, help_text="Part of a tenant's slug or name."
    )
    state = serializers.ChoiceField(choices=STATES, default="", required=False, allow_blank=True)
    kind = serializers.ChoiceField(choices=KINDS, default="", required=False, allow_blank=True)


class FileQuery(Shape):
    """How a backup's file is wanted."""

    form = serializers.ChoiceField(
        choices=("sealed", "plain"),
        default="sealed",
        required=False,
        help_text="`sealed` as it lies there, for this installation alone; `plain` as a tar of gzip files, for anybody.",
    )


class RestorationIn(Shape):
    """What is to be made of a backup: a new tenant (`slug`), or what an existing one had then (`replace`). One of the two."""

    backup = serializers.CharField(max_length=60, help_text="The backup's id.")
    slug = serializers.CharField(max_length=100, required=False, help_text="Slug of the new tenant.")
    name = serializers.CharField(max_length=200, required=False, help_text="Name of the new tenant; left out, its slug.")
    cell = serializers.CharField(
        max_length=63,
        required=False,
        allow_null=True,
        default=None,
        help_text="Where the new tenant lives; left out, one is chosen.",
    )
    replace = serializers.CharField(
        max_length=100,
        required=False,
        help_text="Slug of the backed-up tenant itself, typed to show that all it has now is to be replaced.",
    )


class BackupOut(serializers.Serializer[Any]):
    """A copy of a tenant."""

    id = serializers.CharField()
    tenant = serializers.CharField(help_text="The tenant's id.")
    tenant_slug = serializers.CharField()
    kind = serializers.ChoiceField(choices=KINDS)
    state = serializers.ChoiceField(choices=STATES)
    cell = serializers.CharField(help_text="Where the tenant lived when it was copied.")
    region = serializers.CharField(help_text="In whose folder the file lies.")
    table_count = serializers.IntegerField()
    row_count = serializers.IntegerField()
    size_bytes = serializers.IntegerField(help_text="Of the file.")
    manifest_sha256 = serializers.CharField()
    lsn = serializers.CharField(help_text="The server's log position of the snapshot.")
    taken_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True, help_text="When the file is removed; null keeps it for good.")
    verified_at = serializers.DateTimeField(allow_null=True, help_text="When it was last restored for trial and found whole.")
    verify_ms = serializers.IntegerField(allow_null=True, help_text="How long that restore took, in milliseconds.")
    fault = serializers.CharField(help_text="What is wrong with it; empty when nothing is known to be.")
    version = serializers.IntegerField()


class BackupStartedOut(serializers.Serializer[Any]):
    """Work on a backup that was begun."""

    operation = serializers.CharField(help_text="Ask /v1/operations/{id} how far it is.")


class RestorationOut(BackupStartedOut):
    """A restore that was begun."""

    tenant = serializers.CharField(help_text="The id of the new tenant, or of the one whose rows are replaced.")
