"""Each signature works once: its nonce is remembered in Redis for ten minutes, per tenant and key.

Ten minutes is longer than any signature lives (five, and 30 seconds of clock to either side). Without Redis nothing signed is let in: an
answer "I could not look" must not mean "never seen". A memory that was emptied is the same: the mark below says since when it is whole.
"""

from contextlib import suppress
from typing import Final, cast

import redis

from identity import redis_client
from identity.problems import NoncesUnavailable
from identity.request_signing.faults import Unacceptable
from identity.request_signing.profile import SKEW_S, Claim

KEPT_S: Final = 600
FRESH, SEEN, EMPTIED = 0, 1, 2

# The mark is made with the tenant's first signing key. If it is gone, Redis has lost what it held: whatever was signed before that may be a
# repetition, so from then on only what was certainly signed later is taken (both clocks may be wrong by the skew).
_TAKE: Final = """
local since = redis.call('GET', KEYS[2])
if not since then
  since = ARGV[2] + 2 * ARGV[3]
  redis.call('SET', KEYS[2], since)
end
if ARGV[1] + ARGV[3] < tonumber(since) then return 2 end
if redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[4]) then return 0 end
return 1
"""


def take(claim: Claim, *, now_s: float) -> None:
    """Use up the nonce of a signature that is right. Raises Unacceptable for a repetition, NoncesUnavailable when nobody can tell."""
    keys = (redis_client.tenant_key("nonce", claim.key_id, claim.nonce), _mark())
    try:
        found = cast("int", redis_client.client().eval(_TAKE, len(keys), *keys, claim.created, int(now_s), SKEW_S, KEPT_S))
    except redis.RedisError as fault:
        raise NoncesUnavailable("Sign the request anew and send it again in a moment; if it lasts, tell the operator.") from fault
    if found == EMPTIED:
        raise NoncesUnavailable(
            "The memory of earlier requests begins anew. Sign the request again in a minute.", retry_after_s=2 * SKEW_S
        )
    if found == SEEN:
        raise Unacceptable("replayed")


def begin(*, now_s: float) -> None:
    """Mark that the memory is whole from now on, unless it is marked. Without Redis the first check does, which costs the tenant a minute."""
    with suppress(redis.RedisError):
        redis_client.client().set(_mark(), int(now_s), nx=True)


def _mark() -> str:
    return redis_client.tenant_key("nonces-since")
