"""What somebody may do, and why: roles first, then the tenant's policies, which only narrow what the roles allow (ADR 34).

`decide.can` answers for every door: `Actor.require` and `Actor.may` ask it for callers whose tenant has policies in force. `sql` holds what the
one-statement look-ups of sessions and keys read, and `facts.read` makes of it what a decision needs.
"""

from identity.access import facts, sql
from identity.access.decide import refusal
from identity.access.held import bind, bindings_of, field_of, grants_of, holder_of, living, unbind

__all__ = [
    "bind",
    "bindings_of",
    "facts",
    "field_of",
    "grants_of",
    "holder_of",
    "living",
    "refusal",
    "sql",
    "unbind",
]
