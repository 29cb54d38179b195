"""What is usual for a caller: when they were last here, from where, whether they administer. It becomes fields that rules can ask for.

`actor.days_away`: whole days since their entry before. `actor.is_admin`: has changed configuration, security or access. `place.country`;
`place.is_new`: a country that they were never seen in, while others are known. `travel.km` and `travel.kmh`: from the place of their entry before,
for persons. A country is only known with a GeoIP database (setting GEOIP_PATH). It is kept under a digest of the caller's id, for 400 days.
"""

from datetime import timedelta
from typing import Any

from audit.alerts import geography
from audit.alerts.correlating import digest
from audit.alerts.fields import Fields, moment_of
from audit.alerts.geography import Place
from audit.alerts.remembering import Passing, habit_key
from kernel import clock

KEPT = timedelta(days=400)
STEP_S = 300
"""The same caller at the same place is noted again after this long: a busy one must not cost a row each time."""
COUNTRIES = 20
CALLERS = frozenset({"person", "key"})
ADMINISTERING = frozenset({"configuration", "security", "access"})
DAY_S = 86_400


def key_of(fields: Fields) -> str:
    """Where the habits of an entry's caller are remembered; empty for entries that tell nothing of habits."""
    is_telling = fields.get("actor.kind") in CALLERS and fields.get("outcome") == "success" and fields.get("actor.id")
    return habit_key(digest(str(fields["actor.id"]))) if is_telling else ""


def add(fields: Fields, *, memory: Passing) -> None:
    """Add the fields of this module to an entry, and remember it. An entry that was seen before adds and changes nothing."""
    key = key_of(fields)
    known = memory.of(key) if key else {}
    if not key or fields["seq"] <= known.get("seq", 0):
        return
    at = moment_of(fields).timestamp()
    place = geography.place_of(fields.get("context.address", ""))
    is_admin = known.get("admin", False) or fields.get("category") in ADMINISTERING
    fields["actor.is_admin"] = is_admin
    if "at" in known:
        fields["actor.days_away"] = int(max(0.0, at - known["at"]) // DAY_S)
    if place is not None:
        _add_place(fields, known, place=place, at=at)
    changed = known | {"seq": fields["seq"], "at": at, "admin": is_admin} | _placed(known, place=place, at=at)
    if _is_worth_noting(known, changed):
        memory.keep(key, changed, until=clock.now() + KEPT)


def _add_place(fields: Fields, known: dict[str, Any], *, place: Place, at: float) -> None:
    fields["place.country"] = place.country
    countries = known.get("countries", [])
    fields["place.is_new"] = bool(countries) and place.country != "" and place.country not in countries
    if fields["actor.kind"] != "person" or "point" not in known or place.latitude is None or place.longitude is None:
        return
    latitude, longitude = known["point"]
    km = geography.distance_km((latitude, longitude), (place.latitude, place.longitude))
    # Less than a second apart counts as a second: nobody is in two places at once, and nothing is divided by zero.
    hours = max(abs(at - known["point_at"]), 1.0) / 3600
    fields["travel.km"], fields["travel.kmh"] = round(km), round(km / hours)


def _placed(known: dict[str, Any], *, place: Place | None, at: float) -> dict[str, Any]:
    if place is None:
        return {}
    countries = [each for each in known.get("countries", []) if each != place.country]
    placed: dict[str, Any] = {"countries": [*countries, place.country][-COUNTRIES:] if place.country else countries}
    if place.latitude is not None and place.longitude is not None:
        placed |= {"point": [place.latitude, place.longitude], "point_at": at}
    return placed


def _is_worth_noting(known: dict[str, Any], changed: dict[str, Any]) -> bool:
    if any(known.get(name) != changed.get(name) for name in ("admin", "countries", "point")):
        return True
    return bool(abs(changed["at"] - known.get("at", 0.0)) >= STEP_S)
