"""Whoever gets a new secret: nobody one that acts as another person, and no key one that is freer than the key itself."""

from typing import Any

import pytest

from identity import actions, queries
from identity.actions import Created, KeyLimits, KeyTerms
from identity.models import ApiKey, SigningKey, User
from identity.problems import BeyondOwnGrants, BeyondOwnLimits, KeyNeedsOwner
from kernel.actors import Actor
from tests import makers
from tests.identity import signing
from tests.identity.trail import nothing_recorded

HERE = "192.0.2.0/24"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


@pytest.fixture
def ben() -> User:
    return makers.make_person("ben@acme.example", roles=("owner",))


def made(owner: User, *, scopes: tuple[str, ...] = ("read:*", "write:identity.api_keys"), days: int = 30, **terms: Any) -> Created:
    limits = KeyTerms(**terms)
    return actions.create_api_key("ci", scopes=scopes, expires_in_days=days, terms=limits, actor=makers.actor_of(owner))


def test_nobody_gets_a_secret_in_the_name_of_another_person(ada: User, ben: User) -> None:
    key = made(ada).key
    other, other_key = makers.actor_of(ben), queries.key_actor(made(ben, scopes=("*",)).secret)

    with nothing_recorded():
        for actor in (other, other_key):
            with pytest.raises(KeyNeedsOwner):
                actions.rotate_api_key(key.id, actor=actor)
            with pytest.raises(KeyNeedsOwner):
                actions.create_signing_key(key.id, name="mine", algorithm="hmac-sha256", actor=actor)

    assert (ApiKey.objects.filter(owner=ada).count(), SigningKey.objects.count()) == (1, 0)
    assert actions.rotate_api_key(key.id, actor=makers.OPERATOR).key.owner_id == ada.id


def test_a_key_replaces_another_of_its_person_within_its_own_scopes(ada: User) -> None:
    broad, narrow = made(ada, scopes=("read:*", "write:*")), made(ada, scopes=("read:identity.*", "write:identity.api_keys"))

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.rotate_api_key(broad.key.id, actor=queries.key_actor(narrow.secret))

    assert actions.rotate_api_key(narrow.key.id, actor=queries.key_actor(broad.secret)).key.owner_id == ada.id


@pytest.mark.parametrize(
    ("bound", "asked", "freer"),
    [
        ({"networks": [HERE]}, {}, ["networks"]),
        ({"networks": [HERE]}, {"networks": ["192.0.0.0/16"]}, ["networks"]),
        ({"networks": [HERE]}, {"networks": ["192.0.2.7", "2001:db8::/32"]}, ["networks"]),
        ({"rate_per_s": 50}, {}, ["rate_per_s"]),
        ({"rate_per_s": 50}, {"rate_per_s": 51}, ["rate_per_s"]),
        ({}, {"days": 31}, ["expires_in_days"]),
        ({"networks": [HERE], "rate_per_s": 50}, {"days": 90}, ["networks", "rate_per_s", "expires_in_days"]),
    ],
)
def test_a_key_makes_no_freer_key(bound: dict[str, Any], asked: dict[str, Any], freer: list[str], ada: User) -> None:
    itself = queries.key_actor(made(ada, **bound).secret)
    terms = KeyTerms(**{name: value for name, value in asked.items() if name != "days"})

    with nothing_recorded(), pytest.raises(BeyondOwnLimits) as refusal:
        actions.create_api_key("more", scopes=["read:*"], expires_in_days=asked.get("days", 30), terms=terms, actor=itself)

    assert (refusal.value.status, refusal.value.fields) == (403, {"freer": freer})
    assert ApiKey.objects.count() == 1


def test_a_key_makes_keys_as_bound_as_itself_and_narrower_ones(ada: User) -> None:
    itself = queries.key_actor(made(ada, networks=[HERE, "10.0.0.0/8"], rate_per_s=50).secret)

    for networks, rate, days in (([HERE, "10.0.0.0/8"], 50, 30), (["192.0.2.7", "10.1.0.0/16"], 1, 1)):
        terms = KeyTerms(networks=networks, rate_per_s=rate)
        assert actions.create_api_key("more", scopes=["read:*"], expires_in_days=days, terms=terms, actor=itself)


def test_a_key_that_must_be_signed_makes_none_that_need_not(ada: User) -> None:
    key = made(ada).key
    signer = signing.made(key)
    actions.change_api_key(key.id, limits=KeyLimits(requires_signature=True), actor=makers.actor_of(ada))
    itself = queries.signed_actor(signing.message(signing.headers(signer, "GET", "/v1/me")))

    with nothing_recorded(), pytest.raises(BeyondOwnLimits) as refusal:
        actions.create_api_key("more", scopes=["read:*"], expires_in_days=30, actor=itself)
    with nothing_recorded(), pytest.raises(BeyondOwnLimits):
        actions.change_api_key(key.id, limits=KeyLimits(requires_signature=False), actor=itself)

    assert refusal.value.fields == {"freer": ["requires_signature"]}
    assert queries.api_key(key.id).requires_signature


def test_a_key_does_not_loosen_what_binds_itself_and_may_bind_itself_more(ada: User) -> None:
    created = made(ada, networks=[HERE], rate_per_s=50)
    itself = queries.key_actor(created.secret)

    for limits in (KeyLimits(networks=[]), KeyLimits(networks=["192.0.0.0/16"]), KeyLimits(rate_per_s=0), KeyLimits(rate_per_s=51)):
        with nothing_recorded(), pytest.raises(BeyondOwnLimits):
            actions.change_api_key(created.key.id, limits=limits, actor=itself)
    narrower = actions.change_api_key(created.key.id, limits=KeyLimits(networks=["192.0.2.7"], rate_per_s=5), actor=itself)

    assert (narrower.networks, narrower.rate_per_s) == (["192.0.2.7/32"], 5)
    assert (
        actions.change_api_key(created.key.id, limits=KeyLimits(networks=[], rate_per_s=0), actor=makers.actor_of(ada)).networks
        == []
    )


def test_a_bound_key_gets_no_secret_of_a_freer_one(ada: User) -> None:
    free = made(ada).key
    itself = queries.key_actor(made(ada, networks=[HERE]).secret)

    with nothing_recorded():
        with pytest.raises(BeyondOwnLimits):
            actions.rotate_api_key(free.id, actor=itself)
        with pytest.raises(BeyondOwnLimits):
            actions.create_signing_key(free.id, name="mine", algorithm="hmac-sha256", actor=itself)

    assert (ApiKey.objects.count(), SigningKey.objects.count()) == (2, 0)


def test_a_key_replaces_itself_for_as_long_as_it_was_made_for_and_no_longer(ada: User) -> None:
    created = made(ada, networks=[HERE])
    itself = queries.key_actor(created.secret)

    with nothing_recorded(), pytest.raises(BeyondOwnLimits) as refusal:
        actions.rotate_api_key(created.key.id, expires_in_days=31, actor=itself)
    new = actions.rotate_api_key(created.key.id, actor=itself)

    assert refusal.value.fields == {"freer": ["expires_in_days"]}
    assert (new.key.expires_at - new.key.created_at).days == 30


def test_people_are_bound_by_no_key(ada: User, owner: Actor) -> None:
    made(ada, networks=[HERE])

    assert actions.create_api_key("free", scopes=["read:*"], expires_in_days=300, actor=makers.actor_of(ada))
