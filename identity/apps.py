"""Django's registration of the app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """People, roles, sessions, invitations and API keys."""

    name = "identity"
    verbose_name = "Identity"
