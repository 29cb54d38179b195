"""The words that policies may use, as a Cedar schema: principals, actions and circumstances. It is ours, in code, and always passed.

Without it a condition about a missing attribute would be skipped and the act allowed; with it such a policy cannot be saved, and a request that
does not fit is refused. Source: the Cedar policy language, schema and tags.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

import cedarpy
from django.conf import settings
from django.utils.module_loading import import_string

CIRCUMSTANCES: Final = {
    "mfa": ("Bool", "Whether a second factor was given in this session; never with a key."),
    "mfa_age_s": ("Long", "Seconds since the last second factor; 2147483647 where there was none."),
    "address": ("ipaddr", "Where the request comes from; 0.0.0.0 where it comes from nowhere, such as a job."),
    "hour": ("Long", "0 to 23, by the tenant's clock."),
    "minute_of_day": ("Long", "0 to 1439, by the tenant's clock."),
    "weekday": ("Long", "1 for Monday to 7 for Sunday, by the tenant's clock."),
    "method": ("String", "How the caller proved who they are, e.g. password, passkey or api_key."),
    "roles": ("Set<String>", "The names of the roles of the person or service account, through teams too."),
    "teams": ("Set<String>", "The names of their teams."),
    "is_key": ("Bool", "Whether the request came with an API key."),
    "key": ("String", "The id of that key, key_…; empty without one."),
    "is_support": ("Bool", "Whether somebody of support acts in the person's name."),
}
"""Everything that `context` holds, always all of it: the name, its Cedar type, and what it means."""

BY_THE_CLOCK: Final = frozenset({"hour", "minute_of_day", "weekday"})
"""Those of them that nobody knows where the tenant's time zone is not known."""

_ENTITIES: Final = """
entity Role;
entity Team;
entity Tenant;
entity User in [Role, Team] = { name: String } tags String;
entity ServiceAccount in [Role, Team] = { name: String } tags String;
"""


def permissions() -> tuple[str, ...]:
    """Every permission of the product, `verb:resource`, in the order of the apps."""
    return tuple(str(permission) for path in settings.PERMISSION_CATALOGUES for permission in import_string(path))


@cache
def known() -> frozenset[str]:
    """The same as a set."""
    return frozenset(permissions())


@cache
def text() -> str:
    """The schema in Cedar's own notation."""
    fields = ", ".join(f"{name}: {kind}" for name, (kind, _) in CIRCUMSTANCES.items())
    everything = permissions()
    groups = sorted({group for permission in everything for group in groups_of(permission)})
    return "\n".join(
        [
            f"type Circumstances = {{ {fields} }};",
            _ENTITIES,
            *(f'action "{group}";' for group in groups),
            *_actions(everything),
        ]
    )


@cache
def handle() -> cedarpy.Schema:
    """The schema, parsed once."""
    return cedarpy.Schema.from_str(text())


def groups_of(permission: str) -> tuple[str, ...]:
    """What an action belongs to: its verb, its resource, and its app: `write:identity.people` is in `write`, `identity.people` and `identity`."""
    verb, _, resource = permission.partition(":")
    return (verb, resource, resource.partition(".")[0])


def _actions(everything: Iterable[str]) -> Iterator[str]:
    for permission in everything:
        groups = ", ".join(f'"{group}"' for group in groups_of(permission))
        yield (
            f'action "{permission}" in [{groups}] appliesTo {{'
            " principal: [User, ServiceAccount], resource: [Tenant], context: Circumstances };"
        )
