"""Django's name for the app."""

from django.apps import AppConfig


class ShelfConfig(AppConfig):
    """Books, as a product of somebody's would have them."""

    name = "tests.fleet.shelf"
    label = "shelf"
    default_auto_field = "django.db.models.BigAutoField"
