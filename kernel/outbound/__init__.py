"""The one way out. Whatever calls another machine goes through here: checked address, pinned connection, limited time and size (ADR 26).

A name is looked up once; every address that it has must be allowed; the connection goes to such an address and nowhere else, while the
certificate must be that of the name. So a name server that changes its mind between check and connection gains nothing. Nothing is redirected,
no proxy is taken from the environment, and what answers can neither keep a worker waiting nor fill its memory.
"""

from kernel.outbound.calling import Answer, get, post, put
from kernel.outbound.dialling import dial, require_authority
from kernel.outbound.targets import require_allowed, require_host
from kernel.problems import Unreachable, UnsafeAddress

__all__ = [
    "Answer",
    "Unreachable",
    "UnsafeAddress",
    "dial",
    "get",
    "post",
    "put",
    "require_allowed",
    "require_authority",
    "require_host",
]
