"""Reading second factors and trusted browsers."""

from uuid import UUID

from django.db.models import QuerySet

from identity import attempts, factors
from identity.attempts import Purpose
from identity.factors import FactorShown, Requirement, policy, recovery, shown, trusted
from identity.models import SignInAttempt, TrustedDevice, User
from identity.problems import FactorNeedsPerson, FactorNotFound, TrustedDeviceNotFound
from identity.queries.people import person_of
from kernel.actors import Actor


def factors_of(person: User, q: str = "", kind: str = "") -> list[FactorShown]:
    """A person's factors without their secrets; `q` is part of a name. At most a few dozen, so a list and no pages."""
    found = [one for one in factors.of(person) if q.casefold() in one.name.casefold()]
    return [one for one in found if not kind or one.kind == kind]


def factor_of(person: User, factor_id: UUID) -> FactorShown:
    """One factor of a person. Raises FactorNotFound."""
    device = next((one for one in shown.devices(person) if one.id == factor_id), None)
    if device is None:
        raise FactorNotFound("Look it up in the list of factors: this person has no such factor.")
    return shown.shown(device)


def own_person(actor: Actor) -> User:
    """The person whose own things an actor asks for: themself, or the owner of the key. Raises FactorNeedsPerson for everybody else."""
    person = person_of(actor)
    if person is None:
        raise FactorNeedsPerson("Sign in as a person of this tenant; programs have no factors.")
    return person


def recovery_codes_left(person: User) -> int:
    """How many recovery codes a person has left; 0 to 10."""
    return recovery.remaining(person)


def requirement(person: User) -> Requirement:
    """What the rules ask of a person."""
    return factors.requirement(person)


def requirement_unmet(person: User) -> Requirement | None:
    """What the rules ask of a person who has no factor that they take; None when nothing is asked, or the person has one."""
    asked = factors.requirement(person)
    return asked if asked.is_required and not policy.usable(person, asked) else None


def kinds_to_add(person: User) -> list[str]:
    """The kinds of factors that the rules and the installation let a person add, the strongest first."""
    allowed = policy.requirement(person).allowed & policy.addable()
    return [kind for kind in factors.ENROLLED if kind in allowed]


def kinds_to_show(person: User) -> list[str]:
    """The kinds that a person can show now, the strongest first: those that the rules allow, or, when these are none, all that they have."""
    usable = policy.usable(person, policy.requirement(person)) or shown.kinds_of(person)
    return [kind for kind in factors.KINDS if kind in usable]


def attempt_under_way(token: str) -> SignInAttempt:
    """A sign-in, enrolment or step-up that waits for a factor. Raises AttemptEnded."""
    return attempts.peek(token, purpose=[Purpose.SIGN_IN, Purpose.ENROL, Purpose.STEP_UP, Purpose.PASSKEY])


def trusted_devices(person: User, q: str = "") -> QuerySet[TrustedDevice]:
    """The browsers that need not show a second factor now; `q` is part of what they are called."""
    found = trusted.living(person)
    return found.filter(label__icontains=q) if q else found


def trusted_device(person: User, device_id: UUID) -> TrustedDevice:
    """One browser that a person trusts now. Raises TrustedDeviceNotFound."""
    found = trusted.living(person).filter(id=device_id).first()
    if found is None:
        raise TrustedDeviceNotFound("Look it up in the list of the person's trusted browsers.")
    return found


def trusted_device_for_update(device_id: UUID) -> TrustedDevice:
    """One trusted browser of anybody, locked until the transaction ends. Raises TrustedDeviceNotFound."""
    found = (
        TrustedDevice.objects.select_for_update(of=("self",)).select_related("user").filter(id=device_id, revoked_at=None).first()
    )
    if found is None:
        raise TrustedDeviceNotFound("Look it up in the list of trusted browsers.")
    return found
