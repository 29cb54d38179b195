"""Plain functions with good defaults that make what tests need, by the product's own actions."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import connections

from audit import person_keys, telling
from config.embedded import addresses, postgres
from identity import actions as identity
from identity.access import compiled
from identity.actions.api_keys import Created
from identity.data_keys import store as data_keys
from identity.models import User
from kernel import ids, tenancy
from kernel.actors import EVERYTHING, Actor, ActorKind
from kernel.api import health
from tenants import actions as tenants
from tenants import places, queries, resolving
from tenants.models import Tenant

OPERATOR = Actor.system("command:test")
PASSWORD = "correct horse battery staple 7"


def forget_caches() -> None:
    """Start from what the databases say."""
    resolving.forget_all()
    health.forget()
    person_keys.forget_all()
    data_keys.forget_sealing()
    telling.forget_all()
    compiled.forget_all()


def make_tenant(slug: str, *, name: str = "", owner_email: str = "") -> tenancy.TenantRef:
    """A finished tenant with an invited owner; commits."""
    platform = queries.tenant_by_slug(tenancy.PLATFORM_SLUG).ref()
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        requested = tenants.create_tenant(
            slug,
            name=name or slug.title(),
            owner_email=owner_email or f"owner@{slug}.example",
            owner_name="Olive Owner",
            actor=OPERATOR,
        )
        tenants.provision_tenant(requested.operation.id, actor=OPERATOR)
    forget_caches()
    return queries.tenant_by_slug(slug).ref()


@contextmanager
def passing_tenant(slug: str) -> Iterator[tenancy.TenantRef]:
    """A finished tenant for tests that commit; gone afterwards, because others count the tenants or migrate all of them."""
    ref = make_tenant(slug)
    try:
        yield ref
    finally:
        Tenant.objects.filter(id=ref.id).delete()
        places.drop_place(ref.cell, ref.schema, on_progress=places.quietly)
        forget_caches()


def person_actor(*, grants: frozenset[str] = EVERYTHING, tenant_id: UUID | None = None) -> Actor:
    """A person who asks, without a row behind it."""
    identifier = ids.show("usr", ids.new_id())
    home = tenancy.current_or_none()
    return Actor(
        kind=ActorKind.PERSON,
        id=identifier,
        label="owner@acme.example",
        tenant_id=tenant_id or (None if home is None else home.id),
        grants=(grants,),
        auth_method="password",
    )


def make_person(email: str = "ada@acme.example", *, name: str = "Ada Example", roles: tuple[str, ...] = ("member",)) -> User:
    """An active person of the active tenant, with the password above."""
    added = identity.add_person(email, name, roles, actor=OPERATOR)
    return identity.accept_invitation(added.invitation_token, password=PASSWORD, name=name)


def make_key(
    *, scopes: tuple[str, ...] = ("*",), roles: tuple[str, ...] = ("owner",), email: str = "keys@acme.example", days: int = 90
) -> Created:
    """An API key of a person with these roles in the active tenant; `.secret` is what the caller sends."""
    return identity.create_api_key(
        "test key", scopes=list(scopes), expires_in_days=days, actor=actor_of(make_person(email, roles=roles))
    )


def signed_in(email: str, *, password: str = PASSWORD) -> identity.SignedIn:
    """The session that a person without a second factor begins with their password."""
    outcome = identity.sign_in(email, password=password)
    assert isinstance(outcome, identity.SignedIn)
    return outcome


def actor_of(user: User) -> Actor:
    """The actor that a person is, with the permissions of their roles."""
    grants = frozenset(permission for binding in user.bindings.select_related("role") for permission in binding.role.permissions)
    return Actor(
        kind=ActorKind.PERSON,
        id=user.public_id,
        label=user.email,
        tenant_id=tenancy.current().id,
        grants=(grants,),
        auth_method="password",
    )


@contextmanager
def superuser(alias: str) -> Iterator[psycopg.Connection]:
    """The server's superuser in the database of an alias, in autocommit: somebody whom no role of ours holds back."""
    with postgres.connected_as_superuser(addresses.at(settings.VAR), connections[alias].settings_dict["NAME"]) as connection:
        yield connection
