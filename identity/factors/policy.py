"""Which second factor a person needs: of all rules that apply to them the strictest counts, and nothing but a rule can loosen that.

Rules are for the whole tenant, for whoever has a role (themselves or through a team), for a team, or for one person. A break-glass account
always needs what cannot be phished.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from identity.factors import shown, sms
from identity.models import MfaPolicy, RoleBinding, Team, User, WebAuthnCredential
from kernel import clock

OFF: Final = "off"
ANY: Final = "any"
PHISHING_RESISTANT: Final = "phishing_resistant"
LEVELS: Final = (OFF, ANY, PHISHING_RESISTANT)
"""From the loosest to the strictest."""
REMEMBER_DAYS_WITHOUT_RULES: Final = 14
OTHER_MODEL: Final = "pop"
"""The proof by a passkey of a model that the rules do not take (RFC 8176: possession of a key): a second factor, but none that meets them."""
UNATTESTED: Final = "none"
"""The attestation of a passkey whose authenticator brought no certificate of its maker."""
NO_MODEL: Final = "none"
FROM_PROVIDER: Final = "idp:"
"""Before a proof that an identity provider vouches for, e.g. `idp:mfa`; no such proof is taken that the rules do not name."""
RESISTANT_KINDS: Final = frozenset({shown.WEBAUTHN})
ALL_KINDS: Final = frozenset(shown.KINDS)
KIND_OF: Final = {"otp": shown.TOTP, "sms": shown.SMS, "hwk": shown.WEBAUTHN, "swk": shown.WEBAUTHN, "rec": shown.RECOVERY}
"""The kind of factor behind a proof (RFC 8176; `rec` is a recovery code, for which the RFC has no word)."""
SECOND: Final = frozenset({*KIND_OF, OTHER_MODEL})
RESISTANT: Final = frozenset({"hwk", "swk"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a person must show: `level` off, any or phishing_resistant, by one of the `allowed` kinds.

    `grace_until` is null without a grace; `remember_days` is 0 where no browser may be trusted; `aaguids` names the only models of
    authenticators whose passkeys are taken, none for all; `trusted_amr` are the proofs of an identity provider that count as a second factor.
    """

    level: str
    allowed: frozenset[str]
    grace_until: datetime | None
    remember_days: int
    aaguids: frozenset[str] = frozenset()
    trusted_amr: frozenset[str] = frozenset()

    @property
    def is_required(self) -> bool:
        """Whether a second factor is asked for, even of a person who has none."""
        return self.level != OFF

    @property
    def is_graceful(self) -> bool:
        """Whether a person without a factor may still enter."""
        return self.grace_until is not None and clock.now() < self.grace_until


def requirement(user: User) -> Requirement:
    """What the rules together ask of a person; one statement."""
    return strictest(list(applying(user)), user=user)


def applying(user: User) -> QuerySet[MfaPolicy]:
    """The rules that apply to a person."""
    living = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    teams = Team.objects.filter(members__user=user)
    roles = RoleBinding.objects.filter(living & (Q(user=user) | Q(team__in=teams))).values("role")
    everybody = Q(role=None, team=None, user=None)
    return MfaPolicy.objects.filter(everybody | Q(user=user) | Q(team__in=teams) | Q(role__in=roles))


def strictest(policies: Iterable[MfaPolicy], *, user: User) -> Requirement:
    """What some rules together ask of a person: the highest level, what all of them allow, the shortest grace and the shortest trust."""
    rules = list(policies)
    level = max([OFF, *(rule.required for rule in rules)], key=LEVELS.index)
    asking = [rule for rule in rules if rule.required != OFF]
    allowed = ALL_KINDS.intersection(*(rule.allowed_factors for rule in rules if rule.allowed_factors))
    if user.is_break_glass:
        level = PHISHING_RESISTANT
    # Rules that together leave nothing to add must not shut anybody out: what cannot be phished is always taken.
    if level == PHISHING_RESISTANT or not allowed & addable():
        allowed = RESISTANT_KINDS
    named = [frozenset(rule.allowed_aaguids) for rule in rules if rule.allowed_aaguids]
    return Requirement(
        level=level,
        allowed=allowed,
        grace_until=None if user.is_break_glass else _grace_until(asking, user=user),
        remember_days=0 if user.is_break_glass else _remember_days(rules, asking=asking),
        # An emergency is no time for another model: whatever passkey the account was kept with opens it.
        aaguids=frozenset() if user.is_break_glass else _aaguids(named),
        trusted_amr=frozenset() if user.is_break_glass else _common(rule.trusted_amr for rule in asking),
    )


def addable() -> frozenset[str]:
    """The kinds that a person can add in this installation, whatever the rules say."""
    return frozenset(shown.ENROLLED) - (frozenset() if sms.is_offered() else {shown.SMS})


def usable(user: User, asked: Requirement) -> frozenset[str]:
    """The kinds that the person has and that the rules allow; a passkey is none of another model than they name."""
    kinds = shown.kinds_of(user) & asked.allowed
    if asked.aaguids and shown.WEBAUTHN in kinds:
        passkeys = WebAuthnCredential.objects.filter(user=user, confirmed=True)
        if not any(is_of_model(passkey, asked) for passkey in passkeys):
            return kinds - {shown.WEBAUTHN}
    return kinds


def is_of_model(passkey: WebAuthnCredential, asked: Requirement) -> bool:
    """Whether the rules take the authenticator that a passkey was made with: any, or one that they name and that brought a certificate."""
    return not asked.aaguids or (str(passkey.aaguid) in asked.aaguids and passkey.attestation != UNATTESTED)


def is_met(asked: Requirement, *, amr: Collection[str], has_factors: bool) -> bool:
    """Whether proofs are enough; a person who has a factor shows it, although no rule asks for it."""
    proved = frozenset(amr)
    if asked.level != OFF and {f"{FROM_PROVIDER}{word}" for word in asked.trusted_amr} & proved:
        return True
    if asked.level == PHISHING_RESISTANT:
        return bool(proved & RESISTANT)
    if asked.level == ANY:
        return bool({KIND_OF[proof] for proof in proved & KIND_OF.keys()} & asked.allowed)
    return bool(proved & SECOND) or not has_factors


def takes_sms_alone(user: User) -> bool:
    """Whether a rule says in so many words that text messages will do, without a stronger factor beside them (ASVS 5.0.0-6.6.1)."""
    return any(shown.SMS in rule.allowed_factors for rule in applying(user))


def note_first_sign_in(user: User, asked: Requirement) -> Requirement:
    """Begin the grace with the first sign-in after a rule: what is asked of the person then. The row is locked by the caller."""
    if not asked.is_required or user.mfa_grace_from is not None:
        return asked
    user.mfa_grace_from = clock.now()
    user.save(update_fields=["mfa_grace_from"])
    return requirement(user)


def _grace_until(asking: list[MfaPolicy], *, user: User) -> datetime | None:
    """The earliest end; a rule that was made after the person's first sign-in gives its days from then on."""
    if not asking or any(rule.grace_days == 0 for rule in asking):
        return None
    begun = user.mfa_grace_from or clock.now()
    return min(max(begun, rule.created_at) + timedelta(days=rule.grace_days) for rule in asking)


def _aaguids(named: list[frozenset[str]]) -> frozenset[str]:
    """The models that all rules name which name any; when they have none in common, a model that there is not: then no passkey is taken."""
    if not named:
        return frozenset()
    return frozenset.intersection(*named) or frozenset({NO_MODEL})


def _common(lists: Iterable[Sequence[str]]) -> frozenset[str]:
    found = [frozenset(one) for one in lists]
    return frozenset.intersection(*found) if found else frozenset()


def _remember_days(rules: list[MfaPolicy], *, asking: list[MfaPolicy]) -> int:
    """The fewest days of those rules that ask for something, else of all of them."""
    counted = asking or rules
    return min((rule.remember_days for rule in counted), default=REMEMBER_DAYS_WITHOUT_RULES)
