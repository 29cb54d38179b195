"""Django's name for the app."""

from django.apps import AppConfig


class StockConfig(AppConfig):
    """The shared app of the peer."""

    name = "bench.routing.stock"
    label = "bench_stock"
    default_auto_field = "django.db.models.BigAutoField"
