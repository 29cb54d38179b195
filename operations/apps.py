"""The app's entry in Django's registry."""

from django.apps import AppConfig


class OperationsApp(AppConfig):
    """Work that outlives a request."""

    name = "operations"
    verbose_name = "Operations"
