"""Django's name for the app."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """An app whose migrations the benchmark writes, release by release."""

    name = "bench.fleet.catalogue"
    label = "bench_catalogue"
    default_auto_field = "django.db.models.BigAutoField"
