"""What must be there before somebody can enter, show a factor, or be let in or put out by a command."""

from contextlib import AbstractContextManager
from datetime import timedelta

from identity import actions as identity
from identity import attempts, queries, sessions, support
from identity.factors import sms
from identity.models import MfaPolicy, SeatPolicy, Session, User
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose
from tenants import queries as tenants
from tests import makers
from tests.coverage_gate.calls import Values
from tests.identity.authenticator import Authenticator
from tests.identity.factor_makers import add_app, challenged, code_of, signed_in
from tests.identity.test_passkeys import add_passkey
from tests.isolation.belongings import Belongings

NUMBER = "+4915123456789"
LONG_AGO = timedelta(days=400)


def active_person(whose: Belongings, values: Values) -> Values:
    """Somebody who may enter with their password alone."""
    with _inside(whose):
        return {"robin": _robin(whose).email}


def absent_person(whose: Belongings, values: Values) -> Values:
    """Somebody who may enter and was not seen for more than a year."""
    moment = clock.now() - LONG_AGO
    with _inside(whose):
        robin = _robin(whose)
        User.objects.filter(id=robin.id).update(status_at=moment, last_login_at=moment)
        Session.objects.filter(user=robin).update(last_seen_at=moment)
    return {}


def waiting_person(whose: Belongings, values: Values) -> Values:
    """Somebody waits for a seat although there are seats: they came without anybody being told."""
    with _inside(whose):
        identity.change_seats(maximum=queries.seat_count().taken, rule="queue", actor=makers.OPERATOR)
        _robin(whose)
        SeatPolicy.objects.update(maximum=None)
    return {}


def reset_link(whose: Belongings, values: Values) -> Values:
    """A link by which somebody chooses another password."""
    with _inside(whose):
        return {"token": identity.issue_password_reset(_robin(whose).id, actor=makers.OPERATOR).token}


def leaked_key(whose: Belongings, values: Values) -> Values:
    """A key that somebody found."""
    with _inside(whose):
        return {"leaked": makers.make_key(email=f"leaky@{whose.ref.slug}.example").secret}


def own_enrolment(whose: Belongings, values: Values) -> Values:
    """The caller is adding an authenticator app in this browser, and it shows a code."""
    with _inside(whose):
        return _enrolling(identity.open_enrolment(actor=_caller(whose)))


def sign_in_that_enrols(whose: Belongings, values: Values) -> Values:
    """A sign-in in this browser that asks for a factor which the person does not have yet."""
    with _inside(whose):
        robin = _robin(whose)
        MfaPolicy.objects.create(user=robin, required="any")
        return {"attempt": challenged(robin.email).token}


def enrolment_at_sign_in(whose: Belongings, values: Values) -> Values:
    """The same, with an authenticator app that shows a code."""
    begun = sign_in_that_enrols(whose, values)
    with _inside(whose):
        return _enrolling(begun["attempt"])


def sign_in_that_asks(whose: Belongings, values: Values) -> Values:
    """A sign-in in this browser that asks for a factor, and a recovery code of the person."""
    with _inside(whose):
        robin = _robin(whose)
        add_app(robin)
        codes = identity.make_recovery_codes(actor=signed_in(robin))
        return {"attempt": challenged(robin.email).token, "proof": codes[0]}


def sign_in_by_telephone(whose: Belongings, values: Values) -> Values:
    """A sign-in in this browser of somebody who gets codes by text message."""
    with _inside(whose):
        robin = _robin(whose)
        add_app(robin)
        telephone = sms.start(robin, name="Telephone", number=NUMBER)
        telephone.confirmed = True
        telephone.save()
        return {"attempt": challenged(robin.email).token}


def shown_passkey(whose: Belongings, values: Values) -> Values:
    """Somebody shows the passkey that their browser was asked for."""
    origin, device = f"http://{whose.host}", Authenticator()
    with _inside(whose):
        add_passkey(_robin(whose), device, origin=origin)
        asked = identity.begin_passkey_sign_in(origin=origin)
        return {"attempt": asked.token, "proof": device.use(asked.options, origin=origin)}


def begun_step_up(whose: Belongings, values: Values) -> Values:
    """The caller is to show once more that it is they, and has a recovery code."""
    with _inside(whose):
        codes = identity.make_recovery_codes(actor=_caller(whose))
        return {"attempt": identity.begin_step_up(actor=_caller(whose)), "proof": codes[0]}


def visit_link(whose: Belongings, values: Values) -> Values:
    """A link by which somebody of support enters for a while; for the operator's own address no door makes one."""
    platform = tenants.tenant_by_slug(tenancy.PLATFORM_SLUG).ref()
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        sam = makers.make_person("sam@vendor.example", name="Sam Support", roles=("owner",))
    visitor = [sam.public_id, sam.email, str(sam.epoch), "30", "A test."]
    with _inside(whose):
        begun = attempts.begin(
            attempts.Purpose.SUPPORT, user=_robin(whose), proofs=visitor, method=sessions.SUPPORT, life_s=support.HANDOVER_S
        )
    return {"token": begun.token}


def _inside(whose: Belongings) -> AbstractContextManager[object]:
    return tenancy.activate(whose.ref, purpose=Purpose.OPERATOR)


def _robin(whose: Belongings) -> User:
    """Somebody beside whoever calls, with the usual password."""
    return makers.make_person(f"robin@{whose.ref.slug}.example", name="Robin")


def _caller(whose: Belongings) -> Actor:
    """Whoever calls, as the browser's session has them."""
    found = sessions.find(whose.session)
    assert found is not None
    return found.actor


def _enrolling(token: str) -> Values:
    identity.begin_factor(token, kind="totp", name="Telephone")
    app = identity.show_enrolment(token, kind="totp", origin="http://acme.localhost").app
    assert app is not None
    return {"attempt": token, "proof": code_of(app.secret)}
