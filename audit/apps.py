"""The app's entry in Django's registry."""

from django.apps import AppConfig


class AuditApp(AppConfig):
    """The trail."""

    name = "audit"
    verbose_name = "Audit trail"
