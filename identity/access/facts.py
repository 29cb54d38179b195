"""What the policies of a tenant ask about a caller: the principal as Cedar knows it, how they proved who they are, and the circumstances.

Facts are made with the look-up of a session or a key, and only when the tenant has policies in force; everybody else carries none and pays nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import cedarpy
import orjson

from identity import time_zones
from identity.access import compiled, schema
from identity.access.compiled import Compiled
from identity.models import OWNER_ROLE
from kernel import addresses, clock, context, ids

NEVER_S: Final = 2_147_483_647
NOWHERE: Final = "0.0.0.0"  # noqa: S104  (an address that nobody calls from, not one to listen at)
PREFIXES: Final = {"User": "usr", "ServiceAccount": "svc"}


@dataclass(frozen=True, slots=True, eq=False)
class Principal:
    """A person or a service account as policies see one: `User::"usr_…"` or `ServiceAccount::"svc_…"`, in its roles and teams, its attributes as tags.

    Two are equal only when they are one object: answers are kept by it, and looking one up must not compare all that it holds.
    """

    kind: str
    id: str
    stamp: str
    timezone: str
    roles: tuple[str, ...]
    teams: tuple[str, ...]
    entities: cedarpy.Entities


@dataclass(frozen=True, slots=True)
class Facts:
    """A principal, the policies that count for it, and how its session or key came about. `mfa_at` is None where no second factor was given.

    `moment` and `address` stand still only where somebody asks what would be; a real request has the present ones.
    """

    principal: Principal
    policies: Compiled
    method: str
    mfa_at: datetime | None = None
    key: str = ""
    is_support: bool = False
    moment: datetime | None = None
    address: str | None = None

    @property
    def is_owner_in_person(self) -> bool:
        """Whether this is an owner with a session of their own: no key, and nobody of support."""
        return self.principal.kind == "User" and OWNER_ROLE in self.principal.roles and not self.key and not self.is_support

    def circumstances(self) -> dict[str, Any]:
        """The whole `context` of a request: every name of `schema.CIRCUMSTANCES`, always.

        The names of `schema.BY_THE_CLOCK` are None where this machine does not know the tenant's time zone: nobody knows the hour then.
        """
        moment = self.moment or clock.now()
        zone = time_zones.find(self.principal.timezone or time_zones.DEFAULT)
        here = None if zone is None else moment.astimezone(zone)
        since_mfa = NEVER_S if self.mfa_at is None else min(NEVER_S, max(0, int((moment - self.mfa_at).total_seconds())))
        address = context.current().address if self.address is None else self.address
        return {
            "mfa": self.mfa_at is not None,
            "mfa_age_s": since_mfa,
            "address": {"__extn": {"fn": "ip", "arg": plain_address(address)}},
            "hour": here and here.hour,
            "minute_of_day": here and here.hour * 60 + here.minute,
            "weekday": here and here.isoweekday(),
            "method": self.method,
            "roles": list(self.principal.roles),
            "teams": list(self.principal.teams),
            "is_key": bool(self.key),
            "key": self.key,
            "is_support": self.is_support,
        }


def read(text: str | None, *, method: str, mfa_at: datetime | None = None, key: str = "", is_support: bool = False) -> Facts | None:
    """The facts of a caller from the text of `sql.facts_of_user` or `sql.facts_of_service`; None when no policy is in force.

    `key` is the shown id of the API key that was presented.
    """
    if not text:
        return None
    principal = principal_of(text)
    policies = compiled.in_force(principal.stamp)
    return Facts(principal=principal, policies=policies, method=method, mfa_at=mfa_at, key=key, is_support=is_support)


def plain_address(text: str) -> str:
    """An address without zone, an IPv4 address that was mapped into IPv6 as what it is; `0.0.0.0` for anything that is no address."""
    return addresses.plain(text) or NOWHERE


def is_address(text: str) -> bool:
    """Whether a text is an address that policies could be told."""
    return text == NOWHERE or plain_address(text) != NOWHERE


@lru_cache(maxsize=4096)
def principal_of(text: str) -> Principal:
    """The principal that a text of `sql.told_of_user` or `sql.told_of_service` tells of."""
    told = orjson.loads(text)
    shown = ids.show(PREFIXES[told["kind"]], UUID(told["id"]))
    groups = [{"type": "Role", "id": name} for name in told["roles"]] + [{"type": "Team", "id": name} for name in told["teams"]]
    entity = {
        "uid": {"type": told["kind"], "id": shown},
        "attrs": {"name": told["name"]},
        "parents": groups,
        "tags": {str(name): str(value) for name, value in told["attributes"].items()},
    }
    entities = [entity, *({"uid": group, "attrs": {}, "parents": []} for group in groups)]
    return Principal(
        kind=told["kind"],
        id=shown,
        stamp=told["stamp"],
        timezone=told["timezone"],
        roles=tuple(sorted(told["roles"])),
        teams=tuple(sorted(told["teams"])),
        entities=cedarpy.Entities.from_json_str(orjson.dumps(entities).decode(), schema.handle()),
    )
