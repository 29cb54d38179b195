"""Shapes of the caller."""

from typing import Any

from rest_framework import serializers

from identity import documents
from identity.api.serializers.people import PersonOut
from identity.models import User
from kernel import ids, tenancy
from kernel.actors import Actor


class TenantOut(serializers.Serializer[Any]):
    """The tenant that was asked."""

    id = serializers.CharField(help_text="ten_…")
    slug = serializers.CharField()
    name = serializers.CharField()


class MeOut(serializers.Serializer[Any]):
    """Who asks, and what they may do."""

    kind = serializers.ChoiceField(choices=["person", "key", "system"])
    id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    auth_method = serializers.CharField()
    grants = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Each list must allow: a key has its scopes and its owner's roles, a person the roles alone.",
    )
    tenant = TenantOut()
    person = PersonOut(allow_null=True, help_text="The person, or the owner of the key; null for callers from another tenant.")


def me_out(actor: Actor, *, person: User | None) -> dict[str, Any]:
    """Who asks, in which tenant, with which grants."""
    ref = tenancy.current()
    return {
        "kind": actor.kind,
        "id": actor.id,
        "label": actor.label,
        "auth_method": actor.auth_method,
        "grants": [sorted(grants) for grants in actor.grants],
        "tenant": {"id": ids.show("ten", ref.id), "slug": ref.slug, "name": ref.name},
        "person": None if person is None else documents.of_person(person),
    }
