"""The checks that need no database: what in models and settings would let one tenant read another."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from django.apps import apps
from django.core.cache import caches
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import models

from bench.leak import reading
from config import safety
from identity.models import Role
from kernel import tenancy
from kernel.problems import Unavailable
from kernel.tenancy import NoTenant, TenantRef, checks

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


def ids() -> list[str]:
    """What the checks find."""
    return [str(message.id) for message in checks.all_walls()]


def test_the_product_passes() -> None:
    assert ids() == []
    assert [message for message in run_checks() if str(message.id).startswith("freehold.")] == []


def test_manage_check_and_the_start_refuse_what_a_check_finds(settings: Any) -> None:
    settings.CELERY_RESULT_BACKEND = "redis://127.0.0.1:1"

    with pytest.raises(SystemCheckError, match="CELERY_RESULT_BACKEND"):
        call_command("check", stdout=io.StringIO(), stderr=io.StringIO())
    with pytest.raises(Unavailable, match="CELERY_RESULT_BACKEND"):
        safety.require_walls()


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("CACHES", {"default": {"BACKEND": LOCMEM}}, ["freehold.E004"]),
        ("CACHES", {"default": {"BACKEND": LOCMEM, "KEY_FUNCTION": "a.b"}, "other": {"BACKEND": LOCMEM}}, ["freehold.E004"] * 2),
        ("CACHES", {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}, []),
        ("MIDDLEWARE", ["django.contrib.sessions.middleware.SessionMiddleware"], ["freehold.E005"]),
        ("TEMPLATES", [{"OPTIONS": {"loaders": [("django.template.loaders.cached.Loader", ["ours.Loader"])]}}], ["freehold.E007"]),
        ("CELERY_RESULT_BACKEND", "redis://", ["freehold.E008"]),
    ],
)
def test_settings_that_mix_tenants_are_found(name: str, value: Any, found: list[str], settings: Any) -> None:
    setattr(settings, name, value)

    assert ids() == found


def test_installed_content_types_are_found(settings: Any) -> None:
    with mock.patch.object(apps, "is_installed", return_value=True):
        assert ids() == ["freehold.E006"]


@contextmanager
def having(*more: type[models.Model] | SimpleNamespace) -> Iterator[None]:
    """Further models in the registry of apps, for the length of a block."""
    present = apps.get_models(include_auto_created=True)
    with mock.patch.object(apps, "get_models", return_value=[*present, *more]):
        yield


def _model(label: str, *, table: str = "probe", pointing_at: type[models.Model] | None = None) -> Any:
    fields = [] if pointing_at is None else [SimpleNamespace(is_relation=True, related_model=pointing_at)]
    meta = SimpleNamespace(
        label=f"{label}.Probe", app_label=label, auto_created=False, db_table=table, get_fields=lambda **_options: fields
    )
    return type("Probe", (), {"_meta": meta})


def test_a_tenants_model_that_does_not_remember_is_found() -> None:
    with having(_model("identity")):
        assert ids() == ["freehold.E001"]


@pytest.mark.parametrize(("label", "target"), [("tenants", Role), ("identity", "tenants.Tenant")])
def test_a_relation_between_home_and_a_cell_is_found(label: str, target: Any) -> None:
    other = apps.get_model(target) if isinstance(target, str) else target

    with having(_model(label, pointing_at=other)):
        assert "freehold.E002" in ids()


def test_a_table_that_home_and_the_tenants_both_have_is_found() -> None:
    with having(_model("tenants", table="identity_role")):
        assert ids() == ["freehold.E003"]


def test_what_one_tenant_caches_another_does_not_find(acme: TenantRef, globex: TenantRef) -> None:
    cache = caches["default"]

    with reading.entered(acme):
        cache.set("greeting", "acme's")
    with reading.entered(globex):
        found_there = cache.get("greeting")
        cache.set("greeting", "globex's")
    with reading.entered(acme):
        found_here = cache.get("greeting")
        cache.delete("greeting")

    assert (found_there, found_here) == (None, "acme's")


def test_nothing_is_cached_outside_any_tenant() -> None:
    with tenancy.outside(), pytest.raises(NoTenant):
        caches["default"].set("greeting", "nobody's")
