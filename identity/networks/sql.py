"""The network rules that apply to somebody, as a piece of the one statement that finds a session or a key. Pure.

`person` and `account` are SQL expressions for an id such as `u.id`, never texts of a caller.
"""


def lists_of_user(person: str) -> str:
    """SQL for the lists of blocks that apply to a person, as the JSON text that `blocks.allow` reads.

    One list of the whole tenant and one of each role that the person has, by themselves or through a team; `[]` where there is no rule.
    """
    return _lists(person, column="user_id")


def lists_of_service(account: str) -> str:
    """The same for a service account."""
    return _lists(account, column="service_account_id")


def _lists(holder: str, *, column: str) -> str:
    """Most tenants have no rule at all, so the rules are looked at first, and bindings only for the rules of roles."""
    return (
        "'[' || array_to_string(ARRAY(SELECT json_agg(n.cidr ORDER BY n.cidr)::text FROM identity_iprule n"
        " WHERE n.role_id IS NULL OR EXISTS (SELECT FROM identity_rolebinding b WHERE b.role_id = n.role_id"
        " AND (b.expires_at IS NULL OR b.expires_at > statement_timestamp())"
        f" AND (b.{column} = {holder} OR b.team_id IN (SELECT m.team_id FROM identity_teammember m WHERE m.{column} = {holder})))"
        " GROUP BY n.role_id ORDER BY n.role_id), ',') || ']'"
    )
