"""What can happen to passwords and sessions."""

from dataclasses import dataclass

from kernel.events import HIGH, LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A person chose another password; all their sessions ended, but for the one in which they did."""

    name = "identity.password.changed"
    public = True
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"

    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionStarted(Event):
    """A person signed in; `session` is the id of the session.

    `method` is the way that was taken, `amr` the proofs (RFC 8176), `sessions_ended` how many older ones ended because it was one too many.
    """

    name = "identity.session.started"
    public = True
    category = "authentication"
    subject_kind = "person"

    session: str
    method: str
    amr: list[str]
    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRefused(Event):
    """A sign-in was refused; recorded as a refusal, with the precise reason that the answer does not tell."""

    name = "identity.session.refused"
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """One session ended: its person signed out of it, or somebody ended it; the entry's actor tells who."""

    name = "identity.session.ended"
    public = True
    category = "authentication"
    subject_kind = "person"

    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(Event):
    """All sessions of a person were ended at once, or all but the one in which they asked for it."""

    name = "identity.sessions.ended"
    public = True
    category = "authentication"
    severity = LOW
    subject_kind = "person"

    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetRequested(Event):
    """Somebody asked for a mail to choose another password. For whom is not told here, so that the entry is the same whoever it is."""

    name = "identity.password.reset_requested"
    category = "authentication"
    severity = LOW
    subject_kind = "tenant"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetMailed(Event):
    """A link to choose another password was made for a person and goes to their address, because somebody asked for it."""

    name = "identity.password.reset_mailed"
    public = True
    category = "authentication"
    severity = LOW
    subject_kind = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordResetIssued(Event):
    """A person of this tenant, or the operator, made a link with which somebody chooses another password, and handed it over."""

    name = "identity.password.reset_issued"
    public = True
    category = "authentication"
    severity = HIGH
    subject_kind = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordReset(Event):
    """A person chose another password by a link; all their sessions ended. A second factor, where they have one, was asked for after it."""

    name = "identity.password.reset"
    public = True
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"

    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLeaked(Event):
    """A person signed in with a password that is on the list of leaked ones; they were let in and told to choose another."""

    name = "identity.password.leaked"
    category = "authentication"
    severity = MEDIUM
    subject_kind = "person"
