"""The door check: does this caller hold what the view declares for this method?"""

from collections.abc import Mapping
from enum import Enum

from kernel.actors import Actor
from kernel.problems import Unauthenticated


class Access(Enum):
    """Doors that need no particular permission."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"


PUBLIC = Access.PUBLIC
SIGNED_IN = Access.SIGNED_IN

Declaration = Mapping[str, "str | Access"]


def require_access(declared: Declaration, *, method: str, actor: Actor | None) -> None:
    """Let the actor through the door, or raise Unauthenticated or Forbidden.

    A method that is not declared is closed: the route answers 405 for it before this is asked, so a KeyError here is a bug.
    """
    needed = declared["GET" if method == "HEAD" else method]
    if needed is PUBLIC:
        return
    if actor is None:
        raise Unauthenticated("Send an API key as `Authorization: Bearer fh_…`, or sign in.")
    if needed is not SIGNED_IN:
        actor.require(str(needed))
