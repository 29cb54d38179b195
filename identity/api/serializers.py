"""Shapes, in and out. The actions know the rules; here stands only of what type and how large a field may be at most."""

from typing import Any

from rest_framework import serializers

from identity import grants, inputs, texts
from identity.models import ApiKey, KeyState, Role, Status, User
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.api.parsing import Shape
from kernel.api.views import PageQuery

STATUSES = [str(status) for status in Status]
STATES = [str(state) for state in KeyState]
ROLES_MAX = 50


class Text(serializers.CharField):
    """A JSON string and nothing that could be made one: 5 and true are refused."""

    def to_internal_value(self, data: Any) -> str:
        """The text. Raises DRF's ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON number without a fraction: "5", 5.0 and true are refused."""

    def to_internal_value(self, data: Any) -> int:
        """The number. Raises DRF's ValidationError."""
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class PersonIn(Shape):
    """A person to invite."""

    email = Text(max_length=texts.EMAIL_MAX)
    name = Text(max_length=texts.NAME_MAX)
    roles = serializers.ListField(child=Text(max_length=50), max_length=ROLES_MAX, help_text="Names of roles; may be empty.")


class PersonChangeIn(Shape):
    """What to change of a person; fields left out stay."""

    name = Text(max_length=texts.NAME_MAX)
    roles = serializers.ListField(
        child=Text(max_length=50), max_length=ROLES_MAX, help_text="Names of all the roles that the person shall have."
    )


class ReasonIn(Shape):
    """Why something is done; it stands in the trail."""

    reason = Text(max_length=texts.REASON_MAX)


class RoleIn(Shape):
    """A role to make."""

    name = Text(max_length=50, help_text="a to z, digits and hyphens; cannot be changed later.")
    label = Text(max_length=texts.NAME_MAX)  # type: ignore[assignment]  # DRF takes declared fields off the class
    description = Text(max_length=texts.REASON_MAX, required=False, default="", allow_blank=True)
    permissions = serializers.ListField(child=Text(max_length=grants.MAX_LENGTH), max_length=inputs.SCOPES_MAX)


class RoleChangeIn(Shape):
    """What to change of a role; fields left out stay."""

    label = Text(max_length=texts.NAME_MAX)  # type: ignore[assignment]  # DRF takes declared fields off the class
    description = Text(max_length=texts.REASON_MAX, allow_blank=True)
    permissions = serializers.ListField(child=Text(max_length=grants.MAX_LENGTH), max_length=inputs.SCOPES_MAX)


class KeyIn(Shape):
    """An API key to make."""

    name = Text(max_length=texts.NAME_MAX)
    scopes = serializers.ListField(
        child=Text(max_length=grants.MAX_LENGTH), max_length=inputs.SCOPES_MAX, help_text="e.g. read:audit.entries, read:*"
    )
    expires_in_days = Whole(required=False, default=90, min_value=1, max_value=3660)
    owner = Text(
        required=False,
        default="",
        max_length=40,
        help_text="Only for the operator acting in this tenant: the person who owns the key.",
    )


class PeopleQuery(PageQuery):
    """Filters of the list of people."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or an address."
    )
    status = serializers.ChoiceField(required=False, default="", choices=STATUSES, help_text="Only people with this status.")


class RolesQuery(PageQuery):
    """Filters of the list of roles."""

    q = serializers.CharField(required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or a label.")


class KeysQuery(PageQuery):
    """Filters of the list of API keys."""

    q = serializers.CharField(
        required=False, default="", max_length=200, allow_blank=True, help_text="Part of a name or of the key shown."
    )
    state = serializers.ChoiceField(required=False, default="", choices=STATES, help_text="Only keys in this state.")


class PersonOut(serializers.Serializer[Any]):
    """A person."""

    id = serializers.CharField(help_text="usr_…")
    email = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(choices=STATUSES)
    status_reason = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    last_login_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class InvitedOut(PersonOut):
    """An invited person; `secret` is the token of the invitation and is given this once."""

    secret = serializers.CharField(
        allow_null=True, help_text="Ends the address /invitation/…; null when the answer is a repetition."
    )


class RoleOut(serializers.Serializer[Any]):
    """A role."""

    id = serializers.CharField(help_text="rol_…")
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # as above
    description = serializers.CharField()
    permissions = serializers.ListField(child=serializers.CharField())
    is_builtin = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class KeyOwnerOut(serializers.Serializer[Any]):
    """The person who owns a key."""

    id = serializers.CharField(help_text="usr_…")
    email = serializers.CharField()
    name = serializers.CharField()


class KeyOut(serializers.Serializer[Any]):
    """An API key, without its secret."""

    id = serializers.CharField(help_text="key_…")
    name = serializers.CharField()
    display = serializers.CharField(help_text="Enough to recognise the key.")
    scopes = serializers.ListField(child=serializers.CharField())
    owner = KeyOwnerOut()
    state = serializers.ChoiceField(choices=STATES)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="Up to two minutes late.")
    revoked_at = serializers.DateTimeField(allow_null=True)
    revoke_reason = serializers.CharField()
    version = serializers.IntegerField()


class NewKeyOut(KeyOut):
    """A new API key; `secret` is the key itself and is given this once."""

    secret = serializers.CharField(allow_null=True, help_text="fh_…; null when the answer is a repetition.")


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


class SessionsEndedOut(serializers.Serializer[Any]):
    """How many sessions ended."""

    sessions_ended = serializers.IntegerField()


class PeoplePage(serializers.Serializer[Any]):
    """A page of people."""

    data = PersonOut(many=True)  # type: ignore[assignment]  # as above
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class RolesPage(serializers.Serializer[Any]):
    """A page of roles."""

    data = RoleOut(many=True)  # type: ignore[assignment]  # as above
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


class KeysPage(serializers.Serializer[Any]):
    """A page of API keys."""

    data = KeyOut(many=True)  # type: ignore[assignment]  # as above
    has_more = serializers.BooleanField()
    next_cursor = serializers.CharField(allow_null=True)


def person_out(person: User) -> dict[str, Any]:
    """The shape of one person."""
    return {
        "id": person.public_id,
        "email": person.email,
        "name": person.name,
        "status": person.status,
        "status_reason": person.status_reason,
        "roles": person.role_names,
        "last_login_at": None if person.last_login_at is None else clock.rfc3339(person.last_login_at),
        "created_at": clock.rfc3339(person.created_at),
        "version": person.version,
    }


def role_out(role: Role) -> dict[str, Any]:
    """The shape of one role."""
    return {
        "id": role.public_id,
        "name": role.name,
        "label": role.label,
        "description": role.description,
        "permissions": role.permissions,
        "is_builtin": role.is_builtin,
        "created_at": clock.rfc3339(role.created_at),
        "version": role.version,
    }


def key_out(key: ApiKey) -> dict[str, Any]:
    """The shape of one key."""
    return {
        "id": key.public_id,
        "name": key.name,
        "display": key.display,
        "scopes": key.scopes,
        "owner": {"id": key.owner.public_id, "email": key.owner.email, "name": key.owner.name},
        "state": key.state,
        "created_at": clock.rfc3339(key.created_at),
        "expires_at": clock.rfc3339(key.expires_at),
        "last_used_at": None if key.last_used_at is None else clock.rfc3339(key.last_used_at),
        "revoked_at": None if key.revoked_at is None else clock.rfc3339(key.revoked_at),
        "revoke_reason": key.revoke_reason,
        "version": key.version,
    }


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
        "person": None if person is None else person_out(person),
    }
