"""Rules that watch the trail, what they remember, what they found, and who is told."""

from typing import ClassVar

from django.db import models

from kernel import clock, ids
from kernel.tenancy.records import TenantModel

RULE_PREFIX = "rul"
ALERT_PREFIX = "alt"
CHANNEL_PREFIX = "chn"


class AlertState(models.TextChoices):
    """What people have done about an alert."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class ChannelKind(models.TextChoices):
    """How people are told."""

    MAIL = "mail"
    WEBHOOK = "webhook"
    SLACK = "slack"
    PAGERDUTY = "pagerduty"


class AlertRule(TenantModel):
    """A Sigma rule of the tenant, or what the tenant changed about a built-in one (`text` is empty then, `key` names it)."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    key = models.CharField(max_length=64, unique=True)
    text = models.TextField(default="", blank=True)
    is_enabled = models.BooleanField(default=True)
    muted_until = models.DateTimeField(null=True, default=None)
    updated_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    @property
    def public_id(self) -> str:
        """The id as people see it: `rul_…`."""
        return ids.show(RULE_PREFIX, self.id)


class AlertMemory(TenantModel):
    """What a rule remembers of one group (an account, an address) between entries; forgotten after `expires_at`."""

    key = models.CharField(max_length=200, primary_key=True)
    value = models.JSONField(default=dict)
    expires_at = models.DateTimeField(db_index=True)


class Alert(TenantModel):
    """Something that people should look at. While it is open, what happens again in the same group is counted here and not told anew."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    rule_key = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField()
    group = models.CharField(max_length=200, default="", blank=True)
    state = models.CharField(max_length=12, default=AlertState.OPEN)
    number = models.PositiveIntegerField(default=1)
    first_seq = models.BigIntegerField()
    last_seq = models.BigIntegerField()
    seqs = models.JSONField(default=list)
    facts = models.JSONField(default=dict)
    happened_at = models.DateTimeField()
    opened_at = models.DateTimeField(default=clock.now)
    told_at = models.DateTimeField(null=True, default=None)
    answered_by = models.CharField(max_length=200, default="", blank=True)
    answered_at = models.DateTimeField(null=True, default=None)
    note = models.CharField(max_length=1000, default="", blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["rule_key", "group"], condition=~models.Q(state="closed"), name="alert_one_per_group"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "-id"], name="alert_state")]

    @property
    def public_id(self) -> str:
        """The id as people see it: `alt_…`."""
        return ids.show(ALERT_PREFIX, self.id)


class AlertChannel(TenantModel):
    """A way to tell people of alerts from a severity on; the address, which often holds a token, is sealed.

    `most_per_hour` is the brake: what comes above it is told in one message at the end of the hour.
    """

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10)
    sealed_target = models.TextField()
    shown_target = models.CharField(max_length=200)
    from_severity = models.PositiveSmallIntegerField(default=3)
    most_per_hour = models.PositiveIntegerField(default=30)
    paused_at = models.DateTimeField(null=True, default=None)
    told_at = models.DateTimeField(null=True, default=None)
    attempts = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=500, default="", blank=True)
    created_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1)

    @property
    def public_id(self) -> str:
        """The id as people see it: `chn_…`."""
        return ids.show(CHANNEL_PREFIX, self.id)


class Notification(TenantModel):
    """One alert to be told on one channel: written with the alert, done when the other side took it."""

    id = models.UUIDField(primary_key=True, default=ids.new_id, editable=False)
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notifications")
    channel = models.ForeignKey(AlertChannel, on_delete=models.CASCADE, related_name="notifications")
    not_before = models.DateTimeField(default=clock.now)
    attempts = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=500, default="", blank=True)
    told_at = models.DateTimeField(null=True, default=None)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["alert", "channel"], name="notification_once"),
        ]
