"""Django's system checks of the walls between tenants: models and settings that would let one read another.

They need no database. `manage.py check` runs them, each worker runs them at its start, and so do `serve`, `setup` and `doctor`.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db.models import Model

from kernel.tenancy.records import TenantModel

KEY_FUNCTION = "kernel.tenancy.caching.tenant_key"
CODE_LOADERS = frozenset(
    {
        "django.template.loaders.cached.Loader",
        "django.template.loaders.filesystem.Loader",
        "django.template.loaders.app_directories.Loader",
        "django_cotton.cotton_loader.Loader",
    }
)
"""Loaders of templates that come with the code, and the one that keeps what these have found."""
SHARED_TABLES = frozenset({"django_migrations"})
"""Tables that home has as well as every tenant: each database keeps its own account of its migrations."""


def all_walls(app_configs: Sequence[Any] | None = None, **_options: Any) -> list[CheckMessage]:
    """Every check of this module, in the form that Django registers."""
    return [*models(), *caches(), *sessions(), *content_types(), *templates(), *results()]


def models() -> Iterator[CheckMessage]:
    """Every tenant's model remembers its tenant, and no relation joins home with a cell."""
    for model in apps.get_models(include_auto_created=True):
        if not _is_home(model) and not model._meta.auto_created and not issubclass(model, TenantModel):
            yield Error(
                f"{model._meta.label} lives in tenants' schemas but does not remember its tenant.",
                hint="Derive it from kernel.tenancy.records.TenantModel.",
                obj=model,
                id="freehold.E001",
            )
        yield from (
            Error(
                f"{model._meta.label} points at {other._meta.label} in another database.",
                hint="Keep the id in a plain column.",
                obj=model,
                id="freehold.E002",
            )
            for other in _related(model)
            if _is_home(other) != _is_home(model)
        )
    both = {model._meta.db_table for model in apps.get_models() if _is_home(model)} & tenant_tables()
    if both:
        yield Error(f"Home and the tenants both have {', '.join(sorted(both))}.", hint="Rename one.", id="freehold.E003")


def caches() -> Iterator[CheckMessage]:
    """Every cache of Django's keeps tenants apart by its keys."""
    for alias, cache in settings.CACHES.items():
        if cache.get("KEY_FUNCTION") != KEY_FUNCTION and not str(cache["BACKEND"]).endswith(".DummyCache"):
            yield Error(
                f"The cache {alias} finds what another tenant has kept.",
                hint=f'Set KEY_FUNCTION to "{KEY_FUNCTION}".',
                id="freehold.E004",
            )


def sessions() -> Iterator[CheckMessage]:
    """Django's sessions are not in use: they are found by a key alone, in one store for all."""
    names = [name for name in (*settings.INSTALLED_APPS, *settings.MIDDLEWARE) if name.startswith("django.contrib.sessions")]
    if names:
        yield Error(f"{names[0]} keeps the sessions of all tenants in one place.", hint="Use identity's.", id="freehold.E005")


def content_types() -> Iterator[CheckMessage]:
    """Django's content types are not in use: one cache per process holds the ids of whichever tenant came first."""
    if apps.is_installed("django.contrib.contenttypes"):
        yield Error(
            "django.contrib.contenttypes keeps ids of one tenant's rows for all of them.",
            hint="Remove it, and what needs it: django.contrib.auth and admin.",
            id="freehold.E006",
        )


def templates() -> Iterator[CheckMessage]:
    """Templates come from the code, so that those which are kept compiled in memory are the same for everybody."""
    for engine in settings.TEMPLATES:
        options: Any = engine.get("OPTIONS", {})
        for name in sorted(set(_names(options.get("loaders", ()))) - CODE_LOADERS):
            yield Error(
                f"TEMPLATES names {name}; what such a loader finds for one tenant would be kept for all.",
                hint="Keep templates in the apps.",
                id="freehold.E007",
            )


def results() -> Iterator[CheckMessage]:
    """Celery keeps no results: they would be found by the id of a task, whoever's it was."""
    if getattr(settings, "CELERY_RESULT_BACKEND", None):
        yield Error(
            "CELERY_RESULT_BACKEND keeps what tasks returned for all tenants together.",
            hint="Keep results in rows of the tenant.",
            id="freehold.E008",
        )


def tenant_tables() -> set[str]:
    """The names of all tables of the models that live in tenants' schemas."""
    return {model._meta.db_table for model in apps.get_models(include_auto_created=True) if not _is_home(model)}


def _related(model: type[Model]) -> Iterator[type[Model]]:
    for field in model._meta.get_fields(include_hidden=True):
        if field.is_relation and isinstance(field.related_model, type):
            yield field.related_model


def _names(loaders: Iterable[Any]) -> Iterator[str]:
    """The names in a setting of loaders, which may be nested."""
    for loader in loaders:
        if isinstance(loader, str):
            yield loader
        else:
            yield from _names(loader)


def _is_home(model: type[Model]) -> bool:
    return model._meta.app_label in settings.HOME_APPS
