"""Second factors: what people have, what the rules ask for, and how each kind proves that it is the person.

django-otp is the frame; what it would keep in the clear is sealed or hashed here (ADR 33). Each kind is a module with `prove(user, attempt,
given)`, which returns the proofs of RFC 8176 or raises FactorRefused.
"""

from identity.factors.policy import Requirement, requirement
from identity.factors.shown import ENROLLED, KINDS, RECOVERY, SMS, TOTP, WEBAUTHN, FactorShown, of

__all__ = ["ENROLLED", "KINDS", "RECOVERY", "SMS", "TOTP", "WEBAUTHN", "FactorShown", "Requirement", "of", "requirement"]
