"""Makes the commands of the composition root known to Django."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from config.celery import app as celery


class ConfigApp(AppConfig):
    """Owns the commands that concern the installation as a whole: up, setup, demo, doctor, bench."""

    name = "config"
    label = "config"
    verbose_name = "Installation"

    def ready(self) -> None:
        """Make Celery's app the current one and every task known, in whatever process Django runs: it may enqueue."""
        celery.set_default()
        autodiscover_modules("tasks")
