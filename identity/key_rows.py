"""What the one statement of a key check says of a key: SQL for its columns, and the same as Python reads them.

The columns serve every way to find a key: by its public part, which a bearer key carries, or by the name of a key that signs for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from identity.access import sql as access
from identity.models import Status
from identity.networks import sql as networks

NOTE_EVERY_S: Final = 60
_STATUS_OF_SERVICE: Final = "(SELECT a.status FROM identity_serviceaccount a WHERE a.id = {0})"
_STATUS_OF_PERSON: Final = (
    "(SELECT CASE WHEN u.is_break_glass AND (u.armed_until > {moment}) IS NOT TRUE THEN 'unarmed' ELSE u.status END"
    " FROM identity_user u WHERE u.id = {0})"
)
"""What an account for emergencies gave out works while it is armed, as the account does."""


def columns(*, moment: str) -> str:
    """SQL for the columns of a key `k`, to be read by `read`; `moment` is SQL for the present, a timestamptz.

    Scalar sub-selects, because PostgreSQL plans them one table at a time: joins with aggregates take half as long again.
    """
    return f"""{_of_key(moment)},
  {_of_holder(_STATUS_OF_SERVICE, _STATUS_OF_PERSON.replace("{moment}", moment))},
  {_of_holder(access.grants_of_service("{0}"), access.grants_of_user("{0}"))},
  {_of_holder(networks.lists_of_service("{0}"), networks.lists_of_user("{0}"))},
  {_of_holder(access.facts_of_service("{0}"), access.facts_of_user("{0}"))},
  true"""


def plain_columns(*, moment: str) -> str:
    """The same for the usual key, at a fifth of the cost: of a person, in a tenant without network rules and policies in force.

    What a statement costs the server is mostly the size of its plan, also of parts that are never run (236 µs against 54 µs of its CPU). Whether
    the key is a usual one is decided in the same statement: the row says so in `is_whole`, and one that is not whole may not be used.
    """
    is_usual = (
        "(k.owner_id IS NOT NULL AND NOT EXISTS (SELECT FROM identity_iprule)"
        " AND NOT EXISTS (SELECT FROM identity_policy p WHERE p.state = 'active'))"
    )
    status = _STATUS_OF_PERSON.replace("{0}", "k.owner_id").replace("{moment}", moment)
    grants = access.grants_of_user("k.owner_id")
    return f"{_of_key(moment)},\n  {status},\n  {grants},\n  '[]', NULL, {is_usual}"


def _of_key(moment: str) -> str:
    """The key's own columns. Whether it has ended is decided here, so that no moment has to be read in Python."""
    return f"""
  k.id, k.name, k.secret_hash, k.scopes,
  CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= {moment} THEN 'expired'
       WHEN k.overlap_until <= {moment} THEN 'rotated' END,
  (k.last_used_at > {moment} - interval '{NOTE_EVERY_S} seconds') IS NOT TRUE,
  k.networks, k.rate_per_s, k.requires_signature"""


def _of_holder(of_service: str, of_person: str) -> str:
    """Each key has one of two owners; only the sub-select of the one that it has is run."""
    service, person = of_service.replace("{0}", "k.service_account_id"), of_person.replace("{0}", "k.owner_id")
    return f"CASE WHEN k.owner_id IS NULL THEN {service} ELSE {person} END"


@dataclass(frozen=True, slots=True)
class Row:
    """A key and its owner at this moment.

    `ended` is why it is refused for good (revoked, expired, rotated), empty while it works. `is_due` says that a use should be noted. `scopes`, `networks`
    (JSON list of blocks) and `rules` (JSON list of such lists) are left as texts, which `grant_texts` and `networks` have read before. `rate_per_s` is 0 without a
    limit. `facts` is empty unless policies ask for it. `is_whole` is false when network rules, policies or a service account were left out.
    """

    id: UUID
    name: str
    secret_hash: str
    scopes: str
    ended: str
    is_due: bool
    networks: str
    rate_per_s: int
    requires_signature: bool
    owner_status: str
    roles: str
    rules: str
    facts: str
    is_whole: bool

    @property
    def owner_is_active(self) -> bool:
        """Whether whoever owns the key may enter."""
        return self.owner_status == Status.ACTIVE


def read(found: Sequence[str | None]) -> Row:
    """A row from the texts of `columns`, in their order."""
    (
        identifier, name, secret_hash, scopes, ended, is_due, networks_, rate_per_s, requires_signature, status, roles, rules, facts, is_whole,
    ) = (text or "" for text in found)  # fmt: skip
    return Row(
        id=UUID(identifier),
        name=name,
        secret_hash=secret_hash.removeprefix("\\x"),
        scopes=scopes,
        ended=ended,
        is_due=is_due == "t",
        networks=networks_,
        rate_per_s=int(rate_per_s or 0),
        requires_signature=requires_signature == "t",
        owner_status=status,
        roles=roles,
        rules=rules,
        facts=facts,
        is_whole=is_whole == "t",
    )
