"""Facts that are looked up in their own statements, for questions about somebody: what would be, and whether a change locks its author out."""

from django.db import connections

from identity.access import compiled, facts, sql
from identity.access.compiled import Compiled
from identity.access.facts import Facts, Principal
from identity.models import ApiKey, Policy, PolicyState, ServiceAccount, Session, User
from kernel import ids, tenancy
from kernel.actors import Actor, ActorKind

BY_KEY = "api_key"
BY_SESSION = "password"


def principal(holder: User | ServiceAccount) -> Principal:
    """A person or a service account as policies see one now."""
    return facts.principal_of(_told(holder))


def facts_of_actor(actor: Actor, *, policies: Compiled) -> Facts | None:
    """What policies would see of a caller of this tenant; None for the system and for callers from elsewhere, whom no policy here is about."""
    if actor.tenant_id != tenancy.current().id:
        return None
    if actor.kind is ActorKind.PERSON:
        user = User.objects.filter(id=ids.parse("usr", actor.id)).first()
        session = Session.objects.filter(id=ids.parse("ses", actor.session)).first() if actor.session else None
        mfa_at, is_support = (session.mfa_at, bool(session.impersonator)) if session else (None, False)
        method = session.method if session else actor.auth_method
        if user is None:
            return None
        return Facts(principal=principal(user), policies=policies, method=method, mfa_at=mfa_at, is_support=is_support)
    if actor.kind is ActorKind.KEY:
        key = ApiKey.objects.select_related("owner", "service_account").filter(id=ids.parse("key", actor.id)).first()
        if key is None:
            return None
        return Facts(principal=principal(key.holder), policies=policies, method=actor.auth_method, key=actor.id)
    return None


def in_force(*, and_also: Policy | None = None) -> Compiled:
    """The policies in force as this transaction sees them, and one more as if it were; parsed anew and not kept."""
    found = {policy.id: policy for policy in Policy.objects.filter(state=PolicyState.ACTIVE).order_by("id")}
    if and_also is not None:
        found[and_also.id] = and_also
    return compiled.of(found.values())


def _told(holder: User | ServiceAccount) -> str:
    is_person = isinstance(holder, User)
    told = sql.told_of_user("x.id") if is_person else sql.told_of_service("x.id")
    table = "identity_user" if is_person else "identity_serviceaccount"
    with connections[tenancy.current().cell].cursor() as cursor:
        cursor.execute(f"SELECT {told} FROM {table} x WHERE x.id = %s", [holder.id])
        return str(cursor.fetchone()[0])
