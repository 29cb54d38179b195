"""How often a sign-in may fail, so that guessing is hopeless and nobody can lock somebody else out.

- 10 times for one person from one place, and 50 times from one place, each in 15 minutes: the place waits, nobody else does.
- 30 times for one person from all places together: from then on strange places get one attempt in a while, 2 seconds at first and at most a
  minute. Places where the person signed in within 30 days, and browsers that they trust, are asked nothing of this. So a thousand machines guess as
  slowly as one, and the person goes on as before from where they are known; from a new place they have the link to choose another password, which
  is not counted here.
- A browser that the person trusts, and one that they are signed in with, is a place of its own: who guesses beside them, behind the same address,
  does not make them wait.

An attempt is counted before the password is looked at and taken back when it is right, so that attempts made at the same moment cannot pass
together. Without Redis nobody is let in: guessing without a limit is worse than a minute's wait.
"""

import hashlib
from dataclasses import dataclass
from typing import Final, cast

import redis

from identity import redis_client
from identity.problems import ThrottleUnavailable, TooManyAttempts
from kernel import addresses

WINDOW_S: Final = 15 * 60
PER_PERSON_AND_PLACE: Final = 10
PER_PLACE: Final = 50
PER_PERSON: Final = 30
GAP_MAX_S: Final = 60
KNOWN_S: Final = 30 * 24 * 3600
NEWS_S: Final = 60
STRANGERS_PER_PLACE: Final = 20
STRANGERS: Final = 200

# Returns the seconds to wait (0 = counted). Refused attempts are not counted, so a wait never grows by waiting.
# KEYS: person and place, place, person, the person's next turn, the person's known place. ARGV: window, limits of the first three, longest gap,
# 1 for a browser that is trusted.
_RESERVE: Final = """
for index = 1, 2 do
  if tonumber(redis.call('GET', KEYS[index]) or '0') >= tonumber(ARGV[index + 1]) then
    return math.max(redis.call('TTL', KEYS[index]), 1)
  end
end
local excess = tonumber(redis.call('GET', KEYS[3]) or '0') - tonumber(ARGV[4])
if excess >= 0 and ARGV[6] == '0' and redis.call('EXISTS', KEYS[5]) == 0 then
  local wait = redis.call('TTL', KEYS[4])
  if wait > 0 then return wait end
  local gap = math.min(tonumber(ARGV[5]), 2 ^ math.min(6, 1 + math.floor(excess / 5)))
  redis.call('SET', KEYS[4], '1', 'EX', math.floor(gap))
end
for index = 1, 3 do
  if redis.call('INCR', KEYS[index]) == 1 then redis.call('EXPIRE', KEYS[index], ARGV[1]) end
end
return 0
"""

_COUNT: Final = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return used
"""

# The right password clears what this person failed from this place; from the place, and from the person's whole, it takes one attempt back: others
# may be guessing. And the place is known from now on.
_RELEASE: Final = """
redis.call('DEL', KEYS[1], KEYS[4])
for index = 2, 3 do
  if tonumber(redis.call('GET', KEYS[index]) or '0') > 0 then redis.call('DECR', KEYS[index]) end
end
redis.call('SET', KEYS[5], '1', 'EX', ARGV[1])
return 0
"""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted attempt; give it to `release` when the password was right."""

    keys: tuple[str, ...]


def reserve(email: str, *, address: str, trusted_by: str = "") -> Attempt:
    """Count one attempt; `trusted_by` is the id of a browser that the person trusts, or of their session. Raises TooManyAttempts, ThrottleUnavailable."""
    person, place = _short(email), _short(addresses.place_of(address))
    seat = _short(trusted_by) if trusted_by else place
    attempt = Attempt(
        keys=(
            redis_client.tenant_key("sign-in", "pair", person, seat),
            redis_client.tenant_key("sign-in", "place", seat),
            redis_client.tenant_key("sign-in", "person", person),
            redis_client.tenant_key("sign-in", "turn", person),
            redis_client.tenant_key("sign-in", "known", person, place),
        )
    )
    limits = [WINDOW_S, PER_PERSON_AND_PLACE, PER_PLACE, PER_PERSON, GAP_MAX_S, 1 if trusted_by else 0]
    wait_s = _run(_RESERVE, keys=list(attempt.keys), arguments=limits)
    if wait_s:
        raise TooManyAttempts(f"Wait {_spoken(wait_s)}, then try again.", retry_after_s=wait_s)
    return attempt


def release(attempt: Attempt) -> None:
    """Take an attempt back because the password was right. Raises ThrottleUnavailable."""
    _run(_RELEASE, keys=list(attempt.keys), arguments=[KNOWN_S])


def is_among_first(what: str, *, count: int, within_s: int) -> bool:
    """Whether this is one of the first `count` times in a window; keeps floods of refusals out of the trail. True without Redis."""
    try:
        return _evaluate(_COUNT, keys=[redis_client.tenant_key("first", _short(what))], arguments=[within_s]) <= count
    except redis.RedisError:
        return True


def is_news(refusal: str, *, address: str, is_known: bool) -> bool:
    """Whether a refusal is worth an entry: the first of its kind in a minute, and of what nobody knows only a few."""
    return is_among_first(refusal, count=1, within_s=NEWS_S) and (is_known or is_news_of_stranger(address))


def is_news_of_stranger(address: str) -> bool:
    """Whether what a caller showed whom nobody knows is worth an entry; it can be made up without end, so 20 a minute from one place, 200 from all."""
    is_rare = is_among_first(f"stranger:{addresses.place_of(address)}", count=STRANGERS_PER_PLACE, within_s=NEWS_S)
    return is_rare and is_among_first("strangers", count=STRANGERS, within_s=NEWS_S)


def require_rare(what: str, *, count: int, within_s: int) -> None:
    """Go on only with one of the first `count` times in a window. Raises TooManyAttempts, and ThrottleUnavailable without Redis."""
    if _run(_COUNT, keys=[redis_client.tenant_key("rare", _short(what))], arguments=[within_s]) > count:
        raise TooManyAttempts(f"Wait {_spoken(within_s)}, then try again.", retry_after_s=within_s)


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
    if seconds < 60:
        return "a second" if seconds == 1 else f"{seconds} seconds"
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
