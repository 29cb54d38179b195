"""Profiles: what people say of themselves, and what policies may ask of them."""

import pytest

from identity import actions, profiles, queries
from identity.models import Role, RoleBinding
from identity.problems import BeyondOwnGrants, InputInvalid, ProfileNeedsPerson
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded_once

ADMIN = frozenset({"read:*", "verify:*", "write:*"})


def test_a_person_changes_their_own_profile_in_one_entry() -> None:
    person = makers.make_person(roles=())

    with recorded_once("identity.profile.changed"):
        changed = actions.change_profile(name="Ada L.", locale="de-CH", timezone="Europe/Zurich", actor=makers.actor_of(person))

    assert (changed.name, changed.locale, changed.timezone, changed.version) == (
        "Ada L.",
        "de-CH",
        "Europe/Zurich",
        person.version + 1,
    )
    assert newest("identity.profile.changed")["changes"]["timezone"] == ["", "Europe/Zurich"]


def test_the_same_profile_again_records_nothing() -> None:
    person = makers.make_person(roles=())

    with nothing_recorded():
        same = actions.change_profile(name=person.name, locale="", actor=makers.actor_of(person))

    assert same.version == queries.person(person.id).version


def test_an_outdated_profile_is_not_overwritten() -> None:
    person = makers.make_person(roles=())

    with nothing_recorded(), pytest.raises(PreconditionFailed):
        actions.change_profile(name="Late", expected_version=99, actor=makers.actor_of(person))

    assert queries.person(person.id).name == "Ada Example"


def test_a_key_does_not_change_its_owners_profile() -> None:
    created = makers.make_key()

    with nothing_recorded(), pytest.raises(ProfileNeedsPerson):
        actions.change_profile(name="Robot", actor=queries.key_actor(created.secret))

    assert queries.person_by_email("keys@acme.example").name == "Ada Example"


def test_the_system_has_no_profile() -> None:
    with nothing_recorded(), pytest.raises(ProfileNeedsPerson):
        actions.change_profile(name="System", actor=makers.OPERATOR)


@pytest.mark.parametrize("text", ["", "en", "de-CH", "zh-Hant-TW", "sr-Latn"])
def test_language_tags_are_taken(text: str) -> None:
    assert profiles.locale(text) == text


@pytest.mark.parametrize("text", ["e", "english", "en_US", "en-", "en-\u00fc", "de-CH-a-b-c-d-e", "en\0", "../en", "x" * 36])
def test_other_texts_are_no_language(text: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        profiles.locale(text)

    assert refused.value.fields["errors"][0]["pointer"] == "/locale"


@pytest.mark.parametrize("text", ["", "UTC", "Europe/Zurich", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
def test_time_zones_are_taken(text: str) -> None:
    assert profiles.timezone(text) == text


@pytest.mark.parametrize(
    "text",
    ["Mars/Base", "../../etc/passwd", "/etc/localtime", "Europe", "Europe/", "europe\0", "Europe/Zurich/", "x" * 65, "tzdata.zi"],
)
def test_other_texts_are_no_time_zone(text: str) -> None:
    with pytest.raises(InputInvalid) as refused:
        profiles.timezone(text)

    assert refused.value.fields["errors"][0]["pointer"] == "/timezone"


def test_attributes_are_set_by_whoever_may_write_people(owner: Actor) -> None:
    person = makers.make_person(roles=("member",))

    with recorded_once("identity.person.changed"):
        changed = actions.change_person(person.id, attributes={"office": " Zurich ", "department": "finance"}, actor=owner)

    assert changed.attributes == {"department": "finance", "office": "Zurich"}
    assert newest("identity.person.changed")["changes"] == {"attributes": [{}, {"department": "finance", "office": "Zurich"}]}


@pytest.mark.parametrize(
    "attributes",
    [{"A": "x"}, {"a-b": "x"}, {"a": ""}, {"a": "x" * 201}, {"a": "\u202ex"}, {f"n{number}": "x" for number in range(51)}],
)
def test_bad_attributes_change_nothing(attributes: dict[str, str], owner: Actor) -> None:
    person = makers.make_person(roles=())

    with nothing_recorded(), pytest.raises(InputInvalid) as refused:
        actions.change_person(person.id, attributes=attributes, actor=owner)

    assert refused.value.fields["errors"][0]["pointer"] == "/attributes"
    assert queries.person(person.id).attributes == {}


def test_nobody_sets_attributes_of_who_may_more_than_they() -> None:
    person = makers.make_person(roles=())
    RoleBinding.objects.create(user=person, role=Role.objects.get(name="owner"))

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        actions.change_person(person.id, attributes={"office": "home"}, actor=makers.person_actor(grants=ADMIN))

    assert queries.person(person.id).attributes == {}


def test_nobody_sets_their_own_attributes_without_the_permission() -> None:
    person = makers.make_person(roles=("member",))

    with nothing_recorded(), pytest.raises(Forbidden):
        actions.change_person(person.id, attributes={"office": "home"}, actor=makers.actor_of(person))


@pytest.mark.parametrize(
    ("address", "stored"),
    [
        ("Ada@ACME.example", "ada@acme.example"),
        ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
        ("ada@\u0430cme.example", "ada@xn--cme-5cd.example"),
    ],
)
def test_an_invitation_goes_to_the_one_spelling_of_an_address(address: str, stored: str, owner: Actor) -> None:
    added = actions.add_person(address, "Ada", [], actor=owner)

    assert (added.person.email, queries.invitation(added.invitation_token).user.email) == (stored, stored)


@pytest.mark.parametrize(
    "address", ["\u0430da@acme.example", "ad\u0251@acme.example", "a\u200bda@acme.example", "ada\uff20acme.example"]
)
def test_a_look_alike_before_the_sign_is_refused(address: str, owner: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refused:
        actions.add_person(address, "Ada", [], actor=owner)

    assert refused.value.fields["errors"][0]["pointer"] == "/email"


def test_a_look_alike_domain_is_somebody_else(owner: Actor) -> None:
    real = makers.make_person("ada@acme.example", roles=())

    added = actions.add_person("ada@\u0430cme.example", "Ada", [], actor=owner)

    assert added.person.id != real.id
    assert queries.person_by_email("ada@acme.example").id == real.id
