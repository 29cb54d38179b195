"""A record knows whose it is, and is refused everywhere else."""

import asyncio
import copy
import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connections
from django.db.models import prefetch_related_objects

from bench.leak import reading
from config.embedded import postgres
from identity.models import Role, RoleBinding, User
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef, WrongTenant
from kernel.tenancy.records import TenantModel, TenantQuerySet
from tests import makers, places

CELL = "cell-1"
TENANT_MODELS = [model for model in apps.get_models() if model._meta.app_label not in django_settings.HOME_APPS]


@pytest.fixture
def theirs(globex: TenantRef) -> Role:
    """A role of globex, loaded there."""
    with reading.entered(globex):
        return Role.objects.get(name="member")


@pytest.fixture
def twin(theirs: Role) -> Role:
    """A role of acme with the same id, as a restored copy of a tenant has: what a save of `theirs` here would overwrite."""
    return Role.objects.create(id=theirs.id, name="twin", label="Twin")


def _labels() -> list[tuple[str, str]]:
    return sorted(Role.objects.values_list("name", "label"))


@pytest.mark.parametrize("model", TENANT_MODELS, ids=lambda model: model._meta.label)
def test_every_model_of_a_tenant_remembers(model: type[Any]) -> None:
    assert issubclass(model, TenantModel)
    assert isinstance(model._default_manager.none(), TenantQuerySet)


def _save(record: Role) -> None:
    record.label = "Taken"
    record.save()


def _save_a_field(record: Role) -> None:
    record.label = "Taken"
    record.save(update_fields=["label"])


def _save_by_alias(record: Role) -> None:
    record.label = "Taken"
    record.save(using=CELL)


def _save_as_new(record: Role) -> None:
    record._state.adding = True
    record.name = "taken"
    record.save(force_insert=True)


def _save_later(record: Role) -> object:
    return asyncio.run(record.asave())


def _bulk_create(record: Role) -> object:
    return Role.objects.bulk_create([record], update_conflicts=True, update_fields=["label"], unique_fields=["id"])


def _bulk_update(record: Role) -> object:
    record.label = "Taken"
    return Role.objects.bulk_update([record], ["label"])


def _refresh_one_field(record: Role) -> None:
    record.refresh_from_db(fields=["label"])


def _read_a_deferred_field(record: Role) -> object:
    del record.__dict__["label"]
    return record.label


def _follow_a_relation_back(record: Role) -> object:
    return list(record.bindings.all())


def _add_through_a_relation(record: Role) -> object:
    return record.bindings.create(user=User.objects.get(email="bound@acme.example"))


def _prefetch(record: Role) -> None:
    prefetch_related_objects([record], "bindings")


def _link_on_making(record: Role) -> object:
    return RoleBinding(role=record, user=User.objects.get(email="bound@acme.example"))


def _link_afterwards(record: Role) -> object:
    binding = RoleBinding.objects.all()[0]
    binding.role = record
    return binding


USES: tuple[Callable[[Role], object], ...] = (
    _save, _save_a_field, _save_by_alias, _save_as_new, _save_later, Role.delete, _bulk_create, _bulk_update, Role.refresh_from_db,
    _refresh_one_field, _read_a_deferred_field, _follow_a_relation_back, _add_through_a_relation, _prefetch, _link_on_making, _link_afterwards,
)  # fmt: skip


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_a_record_of_another_tenant_is_refused(use: Callable[[Role], object], theirs: Role, twin: Role) -> None:
    makers.make_person("bound@acme.example")
    before, bound = _labels(), RoleBinding.objects.count()

    with pytest.raises(WrongTenant):
        use(theirs)

    assert _labels() == before
    assert RoleBinding.objects.count() == bound
    assert RoleBinding.objects.filter(role_id=twin.id).count() == 0


@pytest.mark.parametrize("taken", [copy.copy, copy.deepcopy, lambda record: pickle.loads(pickle.dumps(record))])  # noqa: S301  (our own)
def test_a_copy_remembers_too(taken: Callable[[Role], Role], theirs: Role, twin: Role) -> None:
    copied = taken(theirs)

    with pytest.raises(WrongTenant):
        copied.save()
    assert Role.objects.get(id=twin.id).label == "Twin"


@pytest.mark.parametrize("make", ["create", "bulk_create", "save", "get_or_create"])
def test_a_new_record_belongs_to_the_tenant_in_which_it_was_saved(make: str, globex: TenantRef) -> None:
    role = Role(name="new", label="New")
    if make == "save":
        role.save()
    elif make == "bulk_create":
        (role,) = Role.objects.bulk_create([role])
    elif make == "create":
        role = Role.objects.create(name="new", label="New")
    else:
        role, _ = Role.objects.get_or_create(name="new", defaults={"label": "New"})

    assert role.remembered_tenant == tenancy.current().id
    with reading.entered(globex), pytest.raises(WrongTenant):
        role.save()


def test_a_record_that_was_never_saved_belongs_to_nobody(globex: TenantRef) -> None:
    role = Role(name="new", label="New")

    with reading.entered(globex):
        role.save()

    assert role.remembered_tenant == globex.id
    assert not Role.objects.filter(name="new").exists()


def test_a_record_works_in_its_own_tenant_for_every_purpose(acme: TenantRef) -> None:
    role = Role.objects.create(name="own", label="Own")

    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        role.label = "Again"
        role.save()
        role.refresh_from_db()
        RoleBinding.objects.create(role=role, user=makers.make_person("own@acme.example"))
        bound = [str(binding.user) for binding in role.bindings.select_related("user")]
        role.bindings.all().delete()
        role.delete()

    assert (role.label, bound) == ("Again", ["own@acme.example"])


def test_a_record_is_refused_outside_any_tenant(theirs: Role) -> None:
    with tenancy.outside(), pytest.raises(RuntimeError, match="no tenant"):
        theirs.save()


def test_records_of_two_tenants_are_not_linked(theirs: Role, acme: TenantRef, globex: TenantRef) -> None:
    ours = makers.make_person("ours@acme.example")

    with reading.entered(globex), pytest.raises(WrongTenant, match="User"):
        RoleBinding(role=theirs, user=ours)


@pytest.mark.committed
def test_a_record_that_was_loaded_before_its_tenant_moved_is_saved_at_the_new_place(acme: TenantRef, second_cell: str) -> None:
    """The new place is played by a bare table on the second server: what counts is where the statement goes."""
    moved = replace(acme, cell=second_cell)
    with reading.entered(acme):
        person = User.objects.create(email="mover@acme.example", name="Before")
    try:
        with reading.entered(moved), makers.superuser(CELL) as old:
            _make_place(acme.schema, old=old)
            person.name = "After"
            person.save(update_fields=["name"])
            person.refresh_from_db()
            new_name = User.objects.get(id=person.id).name
        with reading.entered(acme):
            old_name = User.objects.get(id=person.id).name

        assert (old_name, new_name, person.name) == ("Before", "After", "After")
        assert person._state.db == second_cell
    finally:
        _drop_place(second_cell, schema=acme.schema)
        with reading.entered(acme):
            User.objects.filter(email="mover@acme.example").delete()


def _second_server() -> AbstractContextManager[psycopg.Connection]:
    return postgres.connected_as_superuser(places.second_addresses(), places.DATABASE)


def _make_place(schema: str, *, old: Any) -> None:
    """The table of people, with what it holds, in a schema of the same name."""
    columns = old.execute(
        "SELECT string_agg(format('%%I %%s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
        [f"{schema}.identity_user"],
    ).fetchone()[0]
    with old.cursor().copy(f"COPY {schema}.identity_user TO STDOUT") as out:
        rows = b"".join(out)
    with _second_server() as new:
        new.execute(f"CREATE ROLE {schema} NOLOGIN; GRANT {schema} TO freehold WITH INHERIT FALSE, SET TRUE")
        new.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.identity_user ({columns})")
        new.execute(f"GRANT USAGE ON SCHEMA {schema} TO {schema}; GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {schema}")
        with new.cursor().copy(f"COPY {schema}.identity_user FROM STDIN") as into:
            into.write(rows)


def _drop_place(cell: str, *, schema: str) -> None:
    connections[cell].close()
    with _second_server() as new:
        new.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        new.execute(f"DROP ROLE IF EXISTS {schema}")
