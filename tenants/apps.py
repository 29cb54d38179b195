"""Registration with Django."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """The registry of tenants."""

    name = "tenants"
    default_auto_field = "django.db.models.BigAutoField"
