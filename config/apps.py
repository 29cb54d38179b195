"""Makes the commands of the composition root known to Django."""

from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import autodiscover_modules, import_string

from config.celery import app as celery

WALLS = "kernel.tenancy.checks.all_walls"  # by name: its module needs the apps that are only being loaded here


class ConfigApp(AppConfig):
    """Owns the commands that concern the installation as a whole: up, setup, demo, doctor, bench."""

    name = "config"
    label = "config"
    verbose_name = "Installation"

    def ready(self) -> None:
        """Make the checks of the walls known; make Celery's app the current one and every task known: any process may enqueue."""
        register(import_string(WALLS))
        celery.set_default()
        autodiscover_modules("tasks")
