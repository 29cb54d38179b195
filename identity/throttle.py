"""How often a sign-in may fail: 10 times per address of a person and 50 times per place, each in 15 minutes and per tenant.

An attempt is counted before the password is looked at and taken back when it is right, so that attempts made at the same moment
cannot pass together. Without Redis nobody is let in: guessing without a limit is worse than a minute's wait.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, cast

import redis

from identity import redis_client
from identity.problems import ThrottleUnavailable, TooManyAttempts

WINDOW_S: Final = 15 * 60
PER_EMAIL: Final = 10
PER_ADDRESS: Final = 50

# Returns the seconds to wait (0 = counted). Refused attempts are not counted, so the wait never grows.
_RESERVE: Final = """
for index, key in ipairs(KEYS) do
  local used = tonumber(redis.call('GET', key) or '0')
  if used >= tonumber(ARGV[index + 1]) then
    return math.max(redis.call('TTL', key), 1)
  end
end
for _, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[1]) end
end
return 0
"""

_COUNT: Final = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return used
"""

# The right password clears the person's counter, and takes one attempt from the place: others may be guessing from there.
_RELEASE: Final = """
redis.call('DEL', KEYS[1])
if tonumber(redis.call('GET', KEYS[2]) or '0') > 0 then redis.call('DECR', KEYS[2]) end
return 0
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted attempt; give it to `release` when the password was right."""

    email_key: str
    address_key: str


def reserve(email: str, *, address: str) -> Attempt:
    """Count one attempt. Raises TooManyAttempts with `retry_after_s`, or ThrottleUnavailable."""
    attempt = Attempt(
        email_key=redis_client.tenant_key("sign-in", "email", _short(email)),
        address_key=redis_client.tenant_key("sign-in", "address", _short(address)),
    )
    keys = [attempt.email_key, attempt.address_key]
    wait_s = _run(_RESERVE, keys=keys, arguments=[WINDOW_S, PER_EMAIL, PER_ADDRESS])
    if wait_s:
        raise TooManyAttempts(f"Wait {_spoken(wait_s)}, then try again.", retry_after_s=wait_s)
    return attempt


def release(attempt: Attempt) -> None:
    """Take an attempt back because the password was right. Raises ThrottleUnavailable."""
    _run(_RELEASE, keys=[attempt.email_key, attempt.address_key], arguments=[])


def is_among_first(what: str, *, count: int, within_s: int) -> bool:
    """Whether this is one of the first `count` times in a window; keeps floods of refusals out of the trail. True without Redis."""
    try:
        return _evaluate(_COUNT, keys=[redis_client.tenant_key("first", _short(what))], arguments=[within_s]) <= count
    except redis.RedisError:
        return True


def _run(script: str, *, keys: list[str], arguments: list[int]) -> int:
    try:
        return _evaluate(script, keys=keys, arguments=arguments)
    except redis.RedisError as fault:
        raise ThrottleUnavailable("Try again in a moment; if it lasts, tell the operator.") from fault


def _evaluate(script: str, *, keys: list[str], arguments: list[int]) -> int:
    return cast("int", redis_client.client().eval(script, len(keys), *keys, *arguments))


def _short(text: str) -> str:
    """Of fixed length and without the address itself: Redis holds nothing personal."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _spoken(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
