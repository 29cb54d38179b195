"""Making and revoking keys, and what a presented key is worth."""

from datetime import timedelta

import pytest

from identity import actions, key_format, queries
from identity.models import ApiKey, User
from identity.problems import BeyondOwnGrants, InputInvalid, KeyNeedsOwner, KeyNotFound, KeyRefused
from kernel import clock, context, ids, tenancy
from kernel.actors import EVERYTHING, Actor, ActorKind
from kernel.problems import Forbidden, PreconditionFailed
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.trail import newest, nothing_recorded, recorded, recorded_once
from tests.wire import traced

REFUSED = "identity.api_key.refused"


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


@pytest.fixture
def created(ada: User) -> actions.Created:
    return actions.create_api_key("ci", scopes=["read:audit.entries", "read:identity.*"], actor=makers.actor_of(ada))


def test_a_new_key_belongs_to_the_tenant_and_its_maker(ada: User, acme: TenantRef) -> None:
    with recorded_once("identity.api_key.created"):
        created = actions.create_api_key("ci", scopes=["read:*", "read:*"], actor=makers.actor_of(ada))

    key = queries.api_key(created.key.id)
    assert (key.name, key.scopes, key.owner, key.state) == ("ci", ["read:*"], ada, "active")
    assert key.expires_at - key.created_at == timedelta(days=90)
    assert created.secret.startswith(f"fh_{acme.code}")
    assert key_format.parse(created.secret) == key_format.KeyText(text=created.secret, key_id=key.key_id)


def test_the_secret_is_neither_stored_nor_recorded(created: actions.Created) -> None:
    key = created.key
    secret = created.secret.split("_")[2]

    assert secret not in f"{key.key_id}{key.display}{key.name}{bytes(key.secret_hash)!r}"
    assert secret not in str(newest("identity.api_key.created"))
    assert len(bytes(key.secret_hash)) == 32


def test_a_key_may_what_its_scopes_and_its_owners_roles_both_allow(created: actions.Created, ada: User, owner: Actor) -> None:
    actor = queries.key_actor(created.secret)
    assert (actor.kind, actor.id, actor.label, actor.auth_method) == (ActorKind.KEY, created.key.public_id, "ci", "api_key")
    assert actor.tenant_id == tenancy.current().id
    assert actor.may("read:audit.entries")
    assert not actor.may("write:identity.people")

    actions.change_person(ada.id, role_names=["member"], actor=owner)

    weaker = queries.key_actor(created.secret)
    assert not weaker.may("read:audit.entries")
    assert weaker.may("read:identity.people")


def test_a_key_is_checked_by_one_message(created: actions.Created) -> None:
    queries.key_actor(created.secret)

    with traced(tenancy.current_alias()) as messages:
        queries.key_actor(created.secret)

    assert len(messages) == 1
    assert 'EXECUTE "identity_key' in messages[0]


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [
        (["*"], ["*"]),
        (["execute:tenants.impersonation"], ["execute:tenants.impersonation"]),
        (["read:*", "*:identity.people"], ["*:identity.people"]),
    ],
)
def test_nobody_makes_a_key_beyond_their_own_permissions(scopes: list[str], missing: list[str], ada: User) -> None:
    with nothing_recorded(), pytest.raises(BeyondOwnGrants) as refusal:
        actions.create_api_key("ci", scopes=scopes, actor=makers.actor_of(ada))

    assert refusal.value.fields["missing"] == missing
    assert not ApiKey.objects.exists()


def test_a_key_makes_no_broader_key_and_its_keys_belong_to_its_owner(ada: User) -> None:
    first = actions.create_api_key("first", scopes=["write:identity.api_keys", "read:audit.entries"], actor=makers.actor_of(ada))
    actor = queries.key_actor(first.secret)

    second = actions.create_api_key("second", scopes=["read:audit.entries"], actor=actor)

    assert second.key.owner == ada
    with pytest.raises(BeyondOwnGrants):
        actions.create_api_key("third", scopes=["read:identity.people"], actor=actor)


@pytest.mark.parametrize(
    ("name", "scopes", "days", "pointer"),
    [
        ("", ["read:*"], 90, "/name"),
        ("c\0i", ["read:*"], 90, "/name"),
        ("x" * 201, ["read:*"], 90, "/name"),
        ("ci", [], 90, "/scopes"),
        ("ci", ["read"], 90, "/scopes"),
        ("ci", ["read:*\0"], 90, "/scopes"),
        ("ci", ["read:*"], 0, "/expires_in_days"),
        ("ci", ["read:*"], 367, "/expires_in_days"),
        ("ci", ["read:*"], -1, "/expires_in_days"),
    ],
)
def test_bad_input_names_the_field(name: str, scopes: list[str], days: int, pointer: str, ada: User) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refusal:
        actions.create_api_key(name, scopes=scopes, expires_in_days=days, actor=makers.actor_of(ada))

    assert refusal.value.fields["errors"][0]["pointer"] == pointer


def test_a_person_makes_keys_for_themselves_only(ada: User) -> None:
    other = makers.make_person("other@acme.example")

    with nothing_recorded(), pytest.raises(KeyNeedsOwner):
        actions.create_api_key("ci", scopes=["read:*"], owner_id=other.id, actor=makers.actor_of(ada))


def test_the_system_names_an_active_owner(ada: User, operator: Actor, owner: Actor) -> None:
    invited = actions.add_person("new@acme.example", "New", [], actor=owner).person

    assert actions.create_api_key("ci", scopes=["*"], owner_id=ada.id, actor=operator).key.owner == ada
    with nothing_recorded():
        for owner_id in (None, invited.id):
            with pytest.raises(KeyNeedsOwner):
                actions.create_api_key("ci", scopes=["*"], owner_id=owner_id, actor=operator)


def test_the_operator_acting_from_outside_names_an_owner(ada: User, platform: TenantRef) -> None:
    visitor = Actor(
        kind=ActorKind.KEY, id=ids.show("key", ids.new_id()), label="product", tenant_id=platform.id, grants=(EVERYTHING,)
    )

    assert actions.create_api_key("ci", scopes=["read:*"], owner_id=ada.id, actor=visitor).key.owner == ada
    with pytest.raises(KeyNeedsOwner):
        actions.create_api_key("ci", scopes=["read:*"], actor=visitor)


def test_keys_need_the_permission() -> None:
    member = makers.actor_of(makers.make_person("member@acme.example", roles=("member",)))

    with nothing_recorded():
        with pytest.raises(Forbidden):
            actions.create_api_key("ci", scopes=["read:identity.people"], actor=member)
        with pytest.raises(Forbidden):
            actions.revoke_api_key(ids.new_id(), reason="why not", actor=member)


def test_a_revoked_key_is_refused_from_the_next_check_on(created: actions.Created, owner: Actor) -> None:
    assert queries.key_actor(created.secret)

    with recorded_once("identity.api_key.revoked"):
        revoked = actions.revoke_api_key(created.key.id, reason="leaked", actor=owner)

    assert (revoked.state, revoked.version) == ("revoked", 2)
    with recorded_once(REFUSED), pytest.raises(KeyRefused):
        queries.key_actor(created.secret)
    assert newest(REFUSED)["details"] == {"key_id": created.key.key_id, "reason": "revoked"}
    assert newest(REFUSED)["subject"] == {"id": created.key.public_id, "kind": "key", "label": "ci"}
    assert newest(REFUSED)["outcome"] == "denied"


def test_revoking_twice_records_once(created: actions.Created, owner: Actor) -> None:
    actions.revoke_api_key(created.key.id, reason="leaked", actor=owner)

    with nothing_recorded():
        again = actions.revoke_api_key(created.key.id, reason="again", actor=owner)

    assert again.revoke_reason == "leaked"


def test_revoking_an_outdated_or_unknown_key_changes_nothing(created: actions.Created, owner: Actor) -> None:
    with nothing_recorded():
        with pytest.raises(PreconditionFailed):
            actions.revoke_api_key(created.key.id, reason="leaked", expected_version=9, actor=owner)
        with pytest.raises(KeyNotFound):
            actions.revoke_api_key(ids.new_id(), reason="leaked", actor=owner)

    assert queries.api_key(created.key.id).state == "active"


def test_a_key_ends_on_time(created: actions.Created, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = created.key.expires_at
    monkeypatch.setattr(clock, "now", lambda: ends - timedelta(microseconds=1))
    assert queries.key_actor(created.secret)

    monkeypatch.setattr(clock, "now", lambda: ends)

    with pytest.raises(KeyRefused):
        queries.key_actor(created.secret)
    assert newest(REFUSED)["details"]["reason"] == "expired"
    assert queries.api_key(created.key.id).state == "expired"


@pytest.mark.parametrize("verb", ["suspend", "deactivate"])
def test_a_key_dies_with_its_owners_access(verb: str, created: actions.Created, ada: User, owner: Actor) -> None:
    getattr(actions, f"{verb}_person")(ada.id, reason="gone", actor=owner)

    with pytest.raises(KeyRefused):
        queries.key_actor(created.secret)

    assert newest(REFUSED)["details"]["reason"] == {"suspend": "owner_not_active", "deactivate": "revoked"}[verb]


def test_a_wrong_secret_is_refused(created: actions.Created) -> None:
    body = created.secret[:20] + "0" * 32
    forged = body + key_format.checksum(body)

    with pytest.raises(KeyRefused):
        queries.key_actor(forged)

    assert newest(REFUSED)["details"]["reason"] == "wrong_secret"


def test_a_key_of_another_tenant_is_refused_without_sql(created: actions.Created, globex: TenantRef) -> None:
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        with pytest.raises(KeyRefused):
            queries.key_actor(created.secret)

        assert newest(REFUSED)["details"]["reason"] == "foreign_tenant"

    assert recorded(REFUSED) == []


def test_an_unknown_key_is_refused(acme: TenantRef) -> None:
    with pytest.raises(KeyRefused):
        queries.key_actor(key_format.generate(tenant_code=acme.code).text)

    assert newest(REFUSED)["details"]["reason"] == "unknown"


@pytest.mark.parametrize("text", ["", "fh_", "Bearer", "\0", "fh_" + "a" * 16 + "_" + "b" * 38, "é" * 58, "x" * 100_000])
def test_a_garbled_key_is_refused_without_sql_and_leaves_no_entry(text: str) -> None:
    with traced(tenancy.current_alias()) as messages, pytest.raises(KeyRefused):
        queries.key_actor(text)

    assert messages == []


def test_every_refusal_of_a_key_answers_alike(created: actions.Created, acme: TenantRef, owner: Actor) -> None:
    actions.revoke_api_key(created.key.id, reason="leaked", actor=owner)
    presented = [
        "garbled",
        key_format.generate(tenant_code=acme.code).text,
        key_format.generate(tenant_code="zzzzzz").text,
        created.secret,
    ]

    documents = []
    for text in presented:
        with pytest.raises(KeyRefused) as refusal:
            queries.key_actor(text)
        documents.append(refusal.value.document())

    assert documents == [documents[0]] * 4


def test_a_hammering_key_is_recorded_once_a_minute(created: actions.Created, owner: Actor) -> None:
    actions.revoke_api_key(created.key.id, reason="leaked", actor=owner)

    for _ in range(5):
        with pytest.raises(KeyRefused):
            queries.key_actor(created.secret)

    assert len(recorded(REFUSED)) == 1


def test_made_up_keys_do_not_fill_the_trail(acme: TenantRef) -> None:
    for address in ["192.0.2.7"] * 30 + [f"2001:db8::{number}" for number in range(30)]:
        with context.bound(context.RequestContext(request_id="stranger", address=address)), pytest.raises(KeyRefused):
            queries.key_actor(key_format.generate(tenant_code=acme.code).text)

    assert len(recorded(REFUSED)) == 20 + 20  # the second place is all of one subscriber's IPv6 addresses


def test_lists_are_filtered_by_text_and_state(ada: User, owner: Actor) -> None:
    actor = makers.actor_of(ada)
    working, revoked, expired = (
        actions.create_api_key(name, scopes=["read:*"], actor=actor).key for name in ("hourly report", "two", "three")
    )
    actions.revoke_api_key(revoked.id, reason="leaked", actor=owner)
    ApiKey.objects.filter(id=expired.id).update(expires_at=clock.now())

    assert list(queries.api_keys(state="active")) == [working]
    assert list(queries.api_keys(state="revoked")) == [revoked]
    assert list(queries.api_keys(state="expired")) == [expired]
    assert list(queries.api_keys(q="OURLY")) == [working]
    assert queries.api_keys().count() == 3
