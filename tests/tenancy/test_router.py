"""Which database a model lives in, and that nothing joins the two."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.db.models import Model

from identity.models import Role, User
from kernel import tenancy
from kernel.tenancy import NoTenant, Purpose, TenantRef
from kernel.tenancy.router import TenantRouter
from tenants.models import Domain, Tenant

CELL = "cell-1"
MODELS = apps.get_models(include_auto_created=True)
router = TenantRouter()


def _is_home(model: type[Model]) -> bool:
    return model._meta.app_label in settings.HOME_APPS


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_has_one_database(model: type[Model]) -> None:
    wanted = tenancy.HOME if _is_home(model) else tenancy.current().cell

    assert router.db_for_read(model) == router.db_for_write(model) == wanted


@pytest.mark.parametrize("model", [model for model in MODELS if not _is_home(model)], ids=lambda model: model._meta.label)
def test_a_tenants_model_is_refused_outside_any_tenant(model: type[Model]) -> None:
    with tenancy.outside(), pytest.raises(NoTenant, match=model._meta.label):
        router.db_for_read(model)
    with tenancy.outside(), pytest.raises(NoTenant, match=model._meta.label):
        model._default_manager.count()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_relation_leads_from_one_database_to_the_other(model: type[Model]) -> None:
    related = [field.related_model for field in model._meta.get_fields(include_hidden=True) if field.is_relation]

    assert [other for other in related if isinstance(other, type) and _is_home(other) != _is_home(model)] == []


def test_no_foreign_key_leaves_its_schema(acme: TenantRef) -> None:
    text = (
        "SELECT conrelid::regclass::text FROM pg_constraint c JOIN pg_class f ON f.oid = c.confrelid"
        " JOIN pg_class o ON o.oid = c.conrelid WHERE c.contype = 'f' AND f.relnamespace <> o.relnamespace"
    )
    with connections[CELL].cursor() as cursor:
        cursor.execute(text)

        assert cursor.fetchall() == []


def test_no_table_of_a_tenant_has_a_namesake_at_home(acme: TenantRef) -> None:
    text = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
    with connections[tenancy.HOME].cursor() as cursor:
        cursor.execute(text, ["public"])
        home = {row[0] for row in cursor.fetchall()}
    with connections[CELL].cursor() as cursor:
        cursor.execute(text, [acme.schema])
        tenant = {row[0] for row in cursor.fetchall()}

    # Each database keeps its own account of its migrations, in Django's own table.
    assert home & tenant == {"django_migrations"}
    assert {"tenants_tenant", "tenants_domain"} <= home
    assert {"identity_user", "audit_entry", "operations_operation"} <= tenant


def test_rows_of_two_databases_cannot_point_at_each_other(globex: TenantRef) -> None:
    role, user = Role.objects.get(name="owner"), User(email="x@acme.example")
    tenant = Tenant.objects.get(id=globex.id)
    user._state.db = CELL

    assert router.allow_relation(role, user) is True
    assert router.allow_relation(role, tenant) is False
    tenant._state.db = CELL
    domain = Domain.objects.filter(tenant_id=globex.id)[0]
    with pytest.raises(ValueError, match="router prevents this relation"):
        domain.tenant = tenant


@pytest.mark.parametrize(("purpose", "migrated"), [(Purpose.MIGRATE, ["identity"]), (Purpose.REQUEST, []), (None, [])])
def test_a_cell_is_migrated_only_where_a_tenant_was_entered_for_it(
    acme: TenantRef, purpose: Purpose | None, migrated: list[str]
) -> None:
    with tenancy.outside() if purpose is None else tenancy.activate(acme, purpose=purpose):
        assert [app for app in ("identity", "tenants") if router.allow_migrate(CELL, app)] == migrated
        assert [app for app in ("identity", "tenants") if router.allow_migrate(tenancy.HOME, app)] == ["tenants"]
