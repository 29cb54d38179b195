"""The actions of the vendor's product: what it may tell tenants' trails of, and in which form."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from audit import queries as audit
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.events import CATALOGUE, CATEGORIES
from kernel.problems import Invalid
from tenants import events, operators, outbox, product_actions, queries, texts
from tenants.models import ProductAction
from tenants.permissions import Permission

NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*){1,4}\Z")
NAME_MAXIMUM = 64
SEVERITIES = range(1, 6)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def register_product_action(
    name: str,
    *,
    schema: Mapping[str, Any],
    title: str = "",
    category: str = "product",
    severity: int = 1,
    personal: Sequence[str] = (),
    actor: Actor,
) -> ProductAction:
    """Let the product tell of an action; another schema for a name that is there makes its next version, which holds at once.

    `schema` describes the `details` (JSON Schema 2020-12, an object), `personal` names those of its properties that are about a person.
    Idempotent: what the newest version says already makes none. Raises RegistryClosed, Forbidden, Invalid.
    """
    operators.require(Permission.WRITE_PRODUCT_ACTIONS, actor=actor)
    wanted = {
        "title": texts.label(title) if title else "",
        "category": _category(category),
        "severity": _severity(severity),
        "schema": _schema(schema),
        "personal": _personal(personal, schema=schema),
    }
    versions = queries.versions_for_update(_name(name))
    if versions and versions[0].retired_at is None and _facts(versions[0]) == wanted:
        return versions[0]
    action = ProductAction(name=name, version=versions[0].version + 1 if versions else 1, **wanted)
    action.save(force_insert=True)
    event = events.ProductActionRegistered(
        subject=action.public_id,
        subject_label=action.title or name,
        action=name,
        action_version=action.version,
        action_category=action.category,
        personal_fields=action.personal,
    )
    outbox.record(event, actor=actor, tenant_id=None)
    transaction.on_commit(product_actions.forget, using=tenancy.HOME)
    return action


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def retire_product_action(action_id: UUID, *, actor: Actor) -> ProductAction:
    """End one version: the product's events of it are refused from then on; entries stay as they are.

    Idempotent: one that has ended stays so and nothing is recorded. Raises RegistryClosed, Forbidden, ProductActionNotFound.
    """
    operators.require(Permission.WRITE_PRODUCT_ACTIONS, actor=actor)
    queries.versions_for_update(queries.product_action(action_id).name)
    action = queries.product_action(action_id)
    if action.retired_at is not None:
        return action
    action.retired_at = clock.now()
    action.save(update_fields=("retired_at",))
    event = events.ProductActionRetired(
        subject=action.public_id, subject_label=action.title or action.name, action=action.name, action_version=action.version
    )
    outbox.record(event, actor=actor, tenant_id=None)
    transaction.on_commit(product_actions.forget, using=tenancy.HOME)
    return action


def _facts(action: ProductAction) -> dict[str, Any]:
    return {name: getattr(action, name) for name in ("title", "category", "severity", "schema", "personal")}


def _name(name: str) -> str:
    if len(name) > NAME_MAXIMUM or not NAME.match(name):
        raise _fault(
            "/name", f"Write 2 to 5 words of a to z, 0 to 9 and _, joined by points, at most {NAME_MAXIMUM} signs: invoice.paid."
        )
    ours = {known.partition(".")[0] for known in CATALOGUE}
    if name.partition(".")[0] in ours:
        raise _fault("/name", f"Names that begin with {', '.join(sorted(ours))} are Freehold's own. Take another first word.")
    return name


def _category(category: str) -> str:
    if category not in CATEGORIES:
        raise _fault("/category", f"There are the categories {', '.join(CATEGORIES)}.")
    return category


def _severity(severity: int) -> int:
    if severity not in SEVERITIES:
        raise _fault("/severity", "Give a number from 1 (informational) to 5 (critical).")
    return severity


def _schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    why = audit.schema_fault(schema)
    if why:
        raise _fault("/schema", why)
    return dict(schema)


def _personal(personal: Sequence[str], *, schema: Mapping[str, Any]) -> list[str]:
    unknown = sorted(set(personal) - set(schema.get("properties", {})))
    if unknown:
        raise _fault("/personal", f"The schema has no property {unknown[0][:64]}.")
    return sorted(set(personal))


def _fault(pointer: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": pointer, "code": "invalid", "detail": detail}])
