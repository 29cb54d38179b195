"""A process that plants secrets in one tenant by the product's own doors, and provokes faults around them; what it logs is read by its parent.

Prints one JSON document: `canaries`, every secret in each form that it could be found in, and `answers`, what the doors said afterwards.
"""

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django

django.setup()

import orjson  # noqa: E402  (Django must be ready before anything of the product is imported)
from celery import current_app  # noqa: E402
from django.conf import settings  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

import config.celery  # noqa: E402, F401  (the app that tasks are registered with)
from audit.actions import Wanted, create_stream  # noqa: E402
from identity import actions, attempts, mailing, sessions  # noqa: E402
from identity.data_keys import providers  # noqa: E402
from identity.data_keys.providers import Wrapped  # noqa: E402
from identity.factors import recovery, sms, totp, trusted  # noqa: E402
from identity.models import DataKey, Invitation  # noqa: E402
from kernel import clock, sealing, tenancy  # noqa: E402
from kernel.tasks import TENANT_HEADER  # noqa: E402
from kernel.tenancy import Purpose, TenantRef  # noqa: E402
from tests import makers  # noqa: E402
from tests.caller import Caller  # noqa: E402
from tests.console.browser import Browser  # noqa: E402
from tests.identity.factor_makers import add_app  # noqa: E402
from tests.isolation import routes  # noqa: E402

NUMBER = "+4915198765432"
PASSWORD, WRONG, RIGHT_AGAIN = "canary of a password 71", "canary of a wrong password 72", "canary of another password 73"
EMAIL = "planted@canaries.example"
BROKEN = ("identity_session", "identity_invitation", "identity_apikey", "identity_totpdevice")


def forms_of(value: bytes | str) -> list[str]:
    """How a secret could be written."""
    raw = value.encode() if isinstance(value, str) else value
    plain = base64.b64encode(raw).decode().rstrip("=")
    found = {raw.hex(), plain, plain.replace("+", "-").replace("/", "_"), base64.b32encode(raw).decode().rstrip("=")}
    return sorted({*found, value} if isinstance(value, str) else found)


class Plants:
    """What was planted, and what the doors answered."""

    def __init__(self, ref: TenantRef) -> None:
        self.ref = ref
        self.caller, self.browser = Caller(host=f"{ref.slug}.localhost"), Browser(host=f"{ref.slug}.localhost")
        self.canaries: dict[str, list[str]] = {}
        self.answers: list[tuple[str, int, str]] = []

    def add(self, name: str, *values: bytes | str) -> None:
        """Note the forms of a secret."""
        self.canaries[name] = [form for value in values for form in forms_of(value)]

    def told(self, what: str, response: Any) -> None:
        """Keep an answer that must show none of them."""
        body = "" if response.streaming else response.content.decode()
        self.answers.append((what, response.status_code, f"{body} {dict(response.headers)}"))


def plant_people(plants: Plants) -> None:
    """A password, an invitation, a session, a reset link, and what is typed wrongly."""
    added = actions.add_person(EMAIL, "Planted", ["owner"], actor=makers.OPERATOR)
    plants.add("invitation", added.invitation_token)
    plants.told("invitation refused", plants.browser.post(f"/invitation/{added.invitation_token}", {"password": "short"}))
    plants.browser.post(f"/invitation/{added.invitation_token}", {"password": PASSWORD, "name": "Planted"})
    plants.add("password", PASSWORD)
    plants.told("wrong password", plants.browser.post("/sign-in", {"email": EMAIL, "password": WRONG}))
    plants.add("wrong password", WRONG)
    plants.browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD})
    plants.add("session", plants.browser.client.cookies[settings.SESSION_COOKIE_NAME].value)
    link = actions.issue_password_reset(added.person.id, actor=makers.OPERATOR)
    plants.add("reset link", link.token)
    plants.told("reset page", plants.browser.get(f"/reset/{link.token}"))
    second = actions.add_person("second@canaries.example", "Second", ["member"], actor=makers.OPERATOR)
    plants.add("invitation on its way", second.invitation_token)
    invitation = Invitation.objects.filter(user=second.person).latest("id")
    sealed = sealing.seal(second.invitation_token.encode(), context=mailing._place(invitation.id))
    run(plants, "identity.mail_invitation", invitation_id=str(invitation.id), sealed_token=sealed)


def plant_factors(plants: Plants) -> None:
    """A seed, a telephone and a code to it, recovery codes, a trusted browser."""
    person = makers.make_person("factors@canaries.example")
    started = totp.start(person, name="app", issuer="Canaries")
    plants.add("TOTP seed", started.secret, base64.b32decode(started.secret + "=" * (-len(started.secret) % 8)))
    device = sms.start(person, name="phone", number=NUMBER)
    plants.add("SMS number", NUMBER, NUMBER.removeprefix("+"))
    device.confirmed = True
    device.save()
    begun = attempts.begin("sign_in", user=person)
    plants.add("sign-in under way", begun.token)
    sms.send(device, begun.attempt)
    run(
        plants,
        "identity.send_sms",
        device_id=str(device.id),
        sealed_text=sealing.seal(b"424242", context=sms._text_context(device)),
    )
    codes = recovery.renew(person)
    plants.add("recovery codes", *codes, *(code.replace("-", "") for code in codes))
    _, token = trusted.trust(person, days=5, amr=("pwd", "otp"))
    plants.add("trusted browser", token)
    plants.browser.client.cookies["freehold_device"] = token


def plant_keys(plants: Plants) -> None:
    """An API key, one with a letter too many, a key that signs, the token of a stream, a data key."""
    key = makers.make_key(email="keys@canaries.example")
    plants.add("API key", key.secret, key.secret.rpartition("_")[2])
    plants.caller.key = key.secret
    made = plants.caller.post(f"/v1/api-keys/{key.key.public_id}/signing-keys", {"name": "s", "algorithm": "hmac-sha256"})
    plants.add("signing key", str(made.json()["secret"]))
    stranger = Caller(host=f"{plants.ref.slug}.localhost", key=f"{key.secret}x")
    plants.told("damaged key", stranger.get("/v1/me"))
    plants.told("key in a field", plants.caller.post("/v1/people", {"email": "x", "name": key.secret, "password": PASSWORD}))
    wanted = Wanted(
        name="s", settings={"url": "https://127.0.0.1:9/audit"}, secret={"signing_key": "canary-of-a-stream-token-0001"}
    )
    create_stream("https", wanted=wanted, from_seq=None, actor=makers.OPERATOR)
    plants.add("stream token", "canary-of-a-stream-token-0001")
    row = DataKey.objects.get(state="active")
    context = providers.context_of(row.id, tenant_id=row.tenant_id)
    plants.add("data key", providers.named(row.provider).unwrap(Wrapped(row.wrapped, by=row.wrapped_by), context=context))


def plant_repeated(plants: Plants) -> None:
    """What is shown once, asked for with an Idempotency-Key, under which answers are kept."""
    person = makers.make_person("repeats@canaries.example", roles=("owner",))
    add_app(person)
    _, session = sessions.begin(person, moment=clock.now(), amr=("pwd", "otp"), mfa_at=clock.now())
    plants.add("another session", session)
    browser = Caller(host=f"{plants.ref.slug}.localhost")
    browser.client.cookies[settings.SESSION_COOKIE_NAME] = session
    for caller, path, body in (
        (browser, "/v1/me/factor-enrolments", {"kind": "totp", "name": "t"}),
        (browser, "/v1/me/recovery-codes", None),
        (plants.caller, "/v1/people", {"email": "fourth@canaries.example", "name": "Fourth", "roles": ["member"]}),
        (plants.caller, "/v1/api-keys", {"name": "k", "scopes": ["read:*"], "expires_in_days": 1}),
        (plants.caller, f"/v1/people/{person.public_id}/password-reset", {}),
    ):
        first, again = (caller.post(path, body, HTTP_IDEMPOTENCY_KEY=f"canary {path}") for _ in range(2))
        shown = [first.json()[name] for name in ("secret", "token", "codes") if first.json().get(name)]
        plants.add(
            f"answer of {path.rpartition('/')[2]}",
            *(one for given in shown for one in ([given] if isinstance(given, str) else given)),
        )
        plants.told(f"repetition of {path}", again)


def provoke_faults(plants: Plants) -> None:
    """Requests and tasks that carry secrets, and fail inside because a table is gone."""
    reset = actions.add_person("third@canaries.example", "Third", ["member"], actor=makers.OPERATOR)
    plants.add("invitation that met a fault", reset.invitation_token)
    with without_tables(plants.ref, BROKEN):
        plants.told("fault at sign-in", plants.browser.post("/sign-in", {"email": EMAIL, "password": PASSWORD}))
        plants.told("fault at a page", plants.browser.get("/people/"))
        plants.told("fault at a key", plants.caller.get("/v1/me"))
        page = Browser(host=f"{plants.ref.slug}.localhost")
        plants.told("fault at an invitation", page.post(f"/invitation/{reset.invitation_token}", {"password": RIGHT_AGAIN}))
    plants.add("password that met a fault", RIGHT_AGAIN)


@contextmanager
def without_tables(ref: TenantRef, tables: tuple[str, ...]) -> Iterator[None]:
    """Some tables are called something else for the length of a block."""
    with makers.superuser(ref.cell) as connection:
        for table in tables:
            connection.execute(f'ALTER TABLE "{ref.schema}"."{table}" RENAME TO "{table}_away"'.encode())
    try:
        yield
    finally:
        with makers.superuser(ref.cell) as connection:
            for table in tables:
                connection.execute(f'ALTER TABLE "{ref.schema}"."{table}_away" RENAME TO "{table}"'.encode())


def run(plants: Plants, name: str, **arguments: str) -> None:
    """A task as a worker runs it; its far end is away, so that it fails and says so."""
    with tenancy.outside():
        current_app.tasks[name].apply(kwargs=arguments, headers={TENANT_HEADER: str(plants.ref.id)}, retries=99, throw=False)


def look_everywhere(plants: Plants) -> None:
    """Every page and every door without parameters, as an owner."""
    for route in routes.of(routes.TENANT):
        if route.method == "GET" and not route.parameters:
            asking = plants.caller if route.is_api else plants.browser
            plants.told(f"{route}", asking.get(route.path))


if __name__ == "__main__":
    with tenancy.activate(import_string(settings.TENANT_BY_SLUG)(sys.argv[1]), purpose=Purpose.OPERATOR) as here:
        planted = Plants(here)
        for step in (plant_people, plant_factors, plant_keys, plant_repeated, look_everywhere, provoke_faults):
            step(planted)
    sys.stdout.buffer.write(orjson.dumps({"canaries": planted.canaries, "answers": planted.answers}))
