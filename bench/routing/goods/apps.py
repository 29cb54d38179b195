"""Django's name for the app."""

from django.apps import AppConfig


class GoodsConfig(AppConfig):
    """One table with a row that a view reads by its key."""

    name = "bench.routing.goods"
    label = "bench_goods"
    default_auto_field = "django.db.models.BigAutoField"
