"""The console as Django knows it."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Pages only: no models, no signals."""

    name = "console"
    label = "console"
