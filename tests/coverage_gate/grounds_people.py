"""What must be there of people, factors, roles and bulk changes before some calls can succeed."""

from uuid import uuid4

from identity import actions as identity
from identity import queries as people
from identity import sessions
from identity.factors import trusted
from identity.models import BulkRun, TotpDevice, User, WebAuthnCredential
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose
from tests import makers
from tests.coverage_gate.calls import Values
from tests.identity import factor_makers
from tests.isolation.belongings import Belongings

WORKER = Actor.system("task:identity.bulk")
INVITED = b"email,name,roles,teams\nnewcomer@example.com,Newcomer,member,\n"


def active_guest(whose: Belongings, values: Values) -> Values:
    """The invited person has accepted."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        identity.accept_invitation(values["token"], password=makers.PASSWORD, name="Guest")
    return {}


def guests_passkey(whose: Belongings, values: Values) -> Values:
    """The person has a passkey, without which no account is kept for emergencies."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        passkey = WebAuthnCredential.objects.create(
            user=_guest(values), name="Safe", confirmed=True, rp_id=whose.host, credential_id=uuid4().bytes, public_key=b"k", aaguid=uuid4(),
            attestation="none",
        )  # fmt: skip
    return {"factor_id": passkey.public_id}


def guests_app(whose: Belongings, values: Values) -> Values:
    """The factor that is meant is the person's own."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        app = TotpDevice.objects.create(user=_guest(values), name="Telephone", sealed_seed="nobody opens it")
    return {"factor_id": app.public_id}


def guests_browser(whose: Belongings, values: Values) -> Values:
    """The trusted browser that is meant is the person's own."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        device, _ = trusted.trust(_guest(values), days=1, amr=("pwd", "otp"))
    return {"trusted_device_id": device.public_id}


def begun_enrolment(whose: Belongings, values: Values) -> Values:
    """Whoever calls has begun to add an app, which shows a code."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        token = identity.open_enrolment(actor=_caller(whose))
        identity.begin_factor(token, kind="totp", name="Telephone")
        app = identity.show_enrolment(token, kind="totp", origin=f"http://{whose.host}").app
    assert app is not None
    return {"enrolment": token, "code": factor_makers.code_of(app.secret)}


def another_role(whose: Belongings, values: Values) -> Values:
    """A role that nobody has."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        role = identity.create_role("readers", label="Readers", permissions=["read:identity.people"], actor=makers.OPERATOR)
    return {"another_role": role.public_id}


def rehearsed_change(whose: Belongings, values: Values) -> Values:
    """A bulk change was rehearsed, and may be done."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        rows = people.bulk_file_rows(INVITED, kind="invite")
        return _worked_off(identity.rehearse_bulk("invite", rows=rows, actor=_caller(whose)))


def done_change(whose: Belongings, values: Values) -> Values:
    """A bulk change was done, and may be taken back."""
    with tenancy.activate(whose.ref, purpose=Purpose.OPERATOR):
        rows = people.bulk_file_rows(INVITED, kind="invite")
        return _worked_off(identity.start_bulk("invite", rows=rows, actor=_caller(whose)))


def _worked_off(run: BulkRun) -> Values:
    assert run.operation_id is not None
    identity.work_on_bulk(run.operation_id, actor=WORKER)
    return {"bulk_id": run.public_id}


def _caller(whose: Belongings) -> Actor:
    """The person whose session the browser sends."""
    found = sessions.find(whose.session)
    assert found is not None
    return found.actor


def _guest(values: Values) -> User:
    return people.person(ids.wanted("usr", values["person_id"]))
