"""What a tenant decided about its own security, in one row."""

from django.db import models

from kernel import clock
from kernel.tenancy.records import TenantModel


class SecuritySettings(TenantModel):
    """Limits of sessions, passwords, keys and absence; null means as the installation says. Lengths in seconds or days as their names say.

    `timezone` is the tenant's own clock, by which policies read hours and days: never the zone that somebody chose for themselves.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    session_idle_s = models.PositiveIntegerField(null=True)
    session_absolute_s = models.PositiveIntegerField(null=True)
    sessions_maximum = models.PositiveSmallIntegerField(null=True)
    password_minimum = models.PositiveSmallIntegerField(null=True)
    password_may_reset = models.BooleanField(default=True)
    step_up_s = models.PositiveIntegerField(null=True)
    inactive_days = models.PositiveSmallIntegerField(null=True)
    key_days_maximum = models.PositiveSmallIntegerField(null=True)
    support_may_enter = models.BooleanField(default=True)
    timezone = models.CharField(max_length=64, blank=True, default="", db_default="")
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"version {self.version}"
