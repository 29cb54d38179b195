"""From where one person or service account may come: the rules that apply to them now."""

from typing import Final

from django.db import connections

from identity.models import ServiceAccount, User
from identity.networks import blocks, sql
from kernel import tenancy

_OF_PERSON: Final = f"SELECT {sql.lists_of_user('u.id')} FROM identity_user u WHERE u.id = %s"
_OF_PROGRAM: Final = f"SELECT {sql.lists_of_service('a.id')} FROM identity_serviceaccount a WHERE a.id = %s"


def is_allowed(holder: User | ServiceAccount, *, address: str) -> bool:
    """Whether every list that applies to somebody, the tenant's and those of their roles, holds the address."""
    return blocks.allow(lists_of(holder), address)


def lists_of(holder: User | ServiceAccount) -> str:
    """The lists of blocks that apply to somebody now, as the JSON text that `blocks.allow` reads."""
    statement = _OF_PERSON if isinstance(holder, User) else _OF_PROGRAM
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(statement, [holder.id])
        row = cursor.fetchone()
    return "[]" if row is None else str(row[0])
