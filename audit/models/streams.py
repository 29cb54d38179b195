"""Where entries are sent, what was taken along as a file, and which lists people keep."""

from typing import ClassVar

from django.db import models

from kernel import clock, ids
from kernel.tenancy.records import TenantModel

STREAM_PREFIX = "stm"
EXPORT_PREFIX = "exp"
VIEW_PREFIX = "viw"


class StreamKind(models.TextChoices):
    """What listens at the other end."""

    HTTPS = "https"
    SPLUNK = "splunk"
    SYSLOG = "syslog"
    S3 = "s3"


class Format(models.TextChoices):
    """How an entry is written for others."""

    JSONL = "jsonl"
    CSV = "csv"
    CEF = "cef"
    SYSLOG = "syslog"
    OCSF = "ocsf"
    ECS = "ecs"


class Stream(TenantModel):
    """A target that gets sealed entries in the order of `seq`, at least once; its place is the cursor `stream:<hex id>`.

    `settings` by kind: https and splunk `{"url", "ca"}`, syslog `{"host", "port", "ca"}`, s3 `{"endpoint", "bucket", "prefix", "region", "ca"}`; `ca`
    is PEM, empty for the system's authorities. `filters` are those of the list of entries. `sealed_secret` is the token, key or header value as JSON.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8)
    format = models.CharField(max_length=8)
    format_version = models.CharField(max_length=16, default="", blank=True)
    settings = models.JSONField(default=dict)
    filters = models.JSONField(default=dict)
    sealed_secret = models.TextField(default="", blank=True)
    paused_at = models.DateTimeField(null=True, default=None)
    sent_at = models.DateTimeField(null=True, default=None)
    created_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["name"], name="stream_name")]

    @property
    def public_id(self) -> str:
        """The id as people see it: `stm_…`."""
        return ids.show(STREAM_PREFIX, self.id)

    @property
    def cursor_name(self) -> str:
        """The name of its cursor."""
        return f"stream:{self.id.hex}"


class Export(TenantModel):
    """Entries written to a sealed file by a long job, to be fetched until it expires."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    format = models.CharField(max_length=8)
    filters = models.JSONField(default=dict)
    operation_id = models.UUIDField(null=True, default=None)
    asked_by = models.CharField(max_length=200)
    path = models.CharField(max_length=255, default="", blank=True)
    size_bytes = models.BigIntegerField(default=0)
    row_count = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, default="", blank=True)
    ready_at = models.DateTimeField(null=True, default=None)
    expires_at = models.DateTimeField(null=True, default=None)
    removed_at = models.DateTimeField(null=True, default=None)
    created_at = models.DateTimeField(default=clock.now)

    @property
    def public_id(self) -> str:
        """The id as people see it: `exp_…`."""
        return ids.show(EXPORT_PREFIX, self.id)


class SavedView(TenantModel):
    """Filters of the list of entries under a name; shared with everybody who may read the trail, or its maker's own."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=80)
    owner_id = models.CharField(max_length=80)
    is_shared = models.BooleanField(default=False)
    filters = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["owner_id", "name"], name="saved_view_name"),
        ]

    @property
    def public_id(self) -> str:
        """The id as people see it: `viw_…`."""
        return ids.show(VIEW_PREFIX, self.id)

    @property
    def audience(self) -> str:
        """For whom it is: `own` or `shared`."""
        return "shared" if self.is_shared else "own"
