"""What can happen to second factors, trusted browsers and the rules that ask for them."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentBegun(Event):
    """A person is about to add a second factor; nothing counts until they proved it."""

    name = "identity.factor.begun"
    category = "authentication"
    subject_kind = "person"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorAdded(Event):
    """A person added a second factor and proved it."""

    name = "identity.factor.added"
    public = True
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"

    factor: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRenamed(Event):
    """A second factor has another name."""

    name = "identity.factor.renamed"
    category = "authentication"
    subject_kind = "person"
    personal = frozenset({"old_name", "new_name"})

    factor: str
    old_name: str
    new_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRemoved(Event):
    """A second factor is gone, and with it the trust in browsers; `reason` is empty when the person removed it themself."""

    name = "identity.factor.removed"
    public = True
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"
    personal = frozenset({"reason"})

    factor: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorsRemoved(Event):
    """All factors, recovery codes and trusted browsers of a person are gone, and their sessions ended; they set up new ones when the rules ask for it."""

    name = "identity.factors.removed"
    public = True
    category = "authentication"
    severity = HIGH
    subject_kind = "person"
    personal = frozenset({"reason"})

    kinds: list[str]
    recovery_codes: int
    devices: int
    sessions_ended: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorRefused(Event):
    """A code or a passkey was refused; recorded as a refusal. `during` is sign_in, step_up or enrol."""

    name = "identity.factor.refused"
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"

    kind: str
    during: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent(Event):
    """A code was sent to a person's telephone."""

    name = "identity.factor.code_sent"
    category = "authentication"
    subject_kind = "person"

    factor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesMade(Event):
    """A person has new recovery codes; those before ended."""

    name = "identity.recovery_codes.made"
    public = True
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"

    codes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodeUsed(Event):
    """A person used a recovery code, e.g. because their telephone is lost."""

    name = "identity.recovery_code.used"
    public = True
    category = "authentication"
    severity = HIGH
    subject_kind = "person"

    remaining: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTrusted(Event):
    """A browser need not show a second factor for some days."""

    name = "identity.trusted_device.added"
    public = True
    category = "authentication"
    severity = LOW
    subject_kind = "person"

    device: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUntrusted(Event):
    """A browser is trusted no more."""

    name = "identity.trusted_device.revoked"
    public = True
    category = "authentication"
    severity = LOW
    subject_kind = "person"

    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUpBegun(Event):
    """A signed-in person is asked to show once more that it is they."""

    name = "identity.step_up.begun"
    category = "authentication"
    subject_kind = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class SteppedUp(Event):
    """A signed-in person showed once more that it is they; `kind` is what they showed."""

    name = "identity.step_up.done"
    category = "authentication"
    severity = LOW
    subject_kind = "person"

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaPolicyCreated(Event):
    """A rule says from now on who needs which second factor; `applies_to` is everybody, or `role:`, `team:` or `person:` and which, a person by id."""

    name = "identity.mfa_policy.created"
    public = True
    category = "security"
    severity = MEDIUM
    subject_kind = "mfa_policy"

    applies_to: str
    required: str
    allowed_factors: list[str]
    allowed_aaguids: list[str]
    grace_days: int
    remember_days: int
    trusted_amr: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaPolicyChanged(Event):
    """A rule about second factors asks for something else."""

    name = "identity.mfa_policy.changed"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "mfa_policy"

    applies_to: str
    old_required: str
    new_required: str
    old_allowed_factors: list[str]
    new_allowed_factors: list[str]
    old_allowed_aaguids: list[str]
    new_allowed_aaguids: list[str]
    old_grace_days: int
    new_grace_days: int
    old_remember_days: int
    new_remember_days: int
    old_trusted_amr: list[str]
    new_trusted_amr: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MfaPolicyDeleted(Event):
    """A rule about second factors is gone; the others still count."""

    name = "identity.mfa_policy.deleted"
    public = True
    category = "security"
    severity = HIGH
    subject_kind = "mfa_policy"

    applies_to: str
    required: str
