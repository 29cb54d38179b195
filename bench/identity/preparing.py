"""Four tenants by the product's own actions: one without policies, one with 20, one with 200, and one whose requests pass key, rate and policy."""

from typing import Any, Final

from bench import tenants_of_ours as places
from identity import actions as identity
from identity.models import Policy, PolicyState, User
from identity.permissions import Permission
from kernel import tenancy
from kernel.tenancy import Purpose
from tenants import queries

PLAIN, FEW, MANY, REQUESTS = "shop-0", "shop-1", "shop-2", "shop-3"
POLICIES: Final = {FEW: (20, Permission.READ_TEAMS), MANY: (200, Permission.READ_TEAMS), REQUESTS: (1, Permission.READ_PEOPLE)}
"""How many policies, and the permission that the tenant is asked for."""
RATE_PER_S: Final = 1000
# They ask for the action that is measured, the principal and the context in turn, and none of them stands against what is measured. The first is
# about that action, so that policies are asked wherever there is one.
TEXTS: Final = (
    'forbid(principal, action == Action::"{permission}", resource) when {{ context.weekday > 7 || context.method == "none-{number}" }};',
    'forbid(principal in Role::"none-{number}", action, resource);',
    'forbid(principal, action in Action::"write", resource) when {{ context.hour > 24 && context.minute_of_day > {number} }};',
)


def prepare() -> dict[str, Any]:
    """Platform and tenants. By slug: the host of each, the secret of its owner's API key, and for the plain one a key that signs."""
    places.establish()
    made = places.add(len(POLICIES) + 1, 0)
    return {"tenants": {tenant["slug"]: {"host": tenant["host"], **_furnished(tenant)} for tenant in made}}


def _furnished(tenant: dict[str, Any]) -> dict[str, str]:
    """An owner, a key of theirs with a signing key, and the tenant's policies."""
    slug = tenant["slug"]
    with tenancy.activate(queries.tenant_by_slug(slug).ref(), purpose=Purpose.OPERATOR):
        owner = identity.accept_invitation(tenant["token"], password=places.PASSWORD, name=places.OWNER)
        _write_policies(*POLICIES.get(slug, (0, "")))
        created = _key(owner, rate_per_s=RATE_PER_S if slug == REQUESTS else 0)
        signer = identity.create_signing_key(created.key.id, name="bench", algorithm="hmac-sha256", actor=places.ACTOR)
    tenancy.rest()
    return {"secret": created.secret, "signing_id": signer.key.key_id, "signing_secret": signer.secret}


def _write_policies(count: int, permission: str) -> None:
    """The rows as `enable_policy` leaves them: two actions for each of 221 would take most of the run."""
    texts = [TEXTS[number % 3].format(number=number, permission=permission) for number in range(count)]
    Policy.objects.bulk_create(
        Policy(name=f"policy-{number}", text=text, state=PolicyState.ACTIVE) for number, text in enumerate(texts)
    )


def _key(owner: User, *, rate_per_s: int) -> identity.Created:
    terms = identity.KeyTerms(rate_per_s=rate_per_s)
    return identity.create_api_key("bench", scopes=["*"], owner_id=owner.id, terms=terms, actor=places.ACTOR)
