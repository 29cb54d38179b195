"""What somebody holds at this moment, as SQL for the one statement that finds a session or a key. Pure.

A grant counts from the next request on and ends at its second: `expires_at` is compared with the moment of the statement. All fragments are
written for sub-selects: `person` and `account` are SQL expressions for the id of a person or a service account, never texts of a caller.
"""

_LIVING = "(b.expires_at IS NULL OR b.expires_at > statement_timestamp())"

STAMP = (
    "(SELECT count(*) || '.' || coalesce(bit_xor(hash_record_extended((p.id, p.version, p.changed_at), 0)), 0)"
    " FROM identity_policy p WHERE p.state = 'active')"
)
"""A text that changes with every change of the policies in force: their number, and which of them in which state.

Not the last moment of a change: the clocks of two machines differ, and a restored tenant counts its versions again.
"""


def grants_of_user(person: str) -> str:
    """The permissions of a person's roles, their own and those of their teams: JSON text, one list per role, for `grant_texts.of_roles`."""
    return _grants(_roles_of(person, column="user_id"))


def grants_of_service(account: str) -> str:
    """The same for a service account."""
    return _grants(_roles_of(account, column="service_account_id"))


def facts_of_user(person: str) -> str:
    """What policies ask of a person, as JSON text for `facts.read`; NULL, and hardly any work, when the tenant has no policy in force."""
    return _if_asked(told_of_user(person))


def facts_of_service(account: str) -> str:
    """The same for a service account."""
    return _if_asked(told_of_service(account))


def told_of_user(person: str) -> str:
    """The same, whether a policy is in force or not."""
    return _told(person, column="user_id", table="identity_user", kind="User", name="email")


def told_of_service(account: str) -> str:
    """The same for a service account."""
    return _told(account, column="service_account_id", table="identity_serviceaccount", kind="ServiceAccount", name="name")


def _roles_of(holder: str, *, column: str) -> str:
    """The ids of the roles that a holder has now, by themselves or through teams; an id may come twice."""
    return (
        f"SELECT b.role_id FROM identity_rolebinding b WHERE b.{column} = {holder} AND {_LIVING}"
        " UNION ALL SELECT b.role_id FROM identity_teammember m JOIN identity_rolebinding b ON b.team_id = m.team_id"
        f" WHERE m.{column} = {holder} AND {_LIVING}"
    )


def _grants(roles: str) -> str:
    # A scalar sub-select per role, because PostgreSQL plans it one table at a time: a join with an aggregate takes half as long again.
    return (
        "'[' || array_to_string(ARRAY(SELECT (SELECT r.permissions::text FROM identity_role r WHERE r.id = held.role_id)"
        f" FROM ({roles}) held), ',') || ']'"
    )


def _if_asked(told: str) -> str:
    return f"(CASE WHEN EXISTS (SELECT FROM identity_policy p WHERE p.state = 'active') THEN {told} END)"


def _told(holder: str, *, column: str, table: str, kind: str, name: str) -> str:
    roles = _roles_of(holder, column=column)
    return f"""(
  SELECT json_build_object('stamp', {STAMP}, 'kind', '{kind}', 'id', h.id, 'name', h.{name}, 'attributes', h.attributes,
    'timezone', coalesce((SELECT s.timezone FROM identity_securitysettings s WHERE s.id = 1), ''),
    'roles', (SELECT coalesce(json_agg(r.name ORDER BY r.name), '[]') FROM identity_role r WHERE r.id IN ({roles})),
    'teams', (SELECT coalesce(json_agg(t.name ORDER BY t.name), '[]') FROM identity_team t
               WHERE t.id IN (SELECT m.team_id FROM identity_teammember m WHERE m.{column} = {holder})))::text
    FROM {table} h WHERE h.id = {holder})"""
