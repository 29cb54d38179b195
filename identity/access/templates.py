"""Policies to start from, as data: a name, what it is for, and the text with a place to fill in where it needs one."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Template:
    """One policy to start from."""

    name: str
    label: str
    description: str
    text: str


ALL: Final = (
    Template(
        name="business-hours",
        label="Changes only in business hours",
        description="Nothing is changed outside Monday to Friday, 8 to 18 o'clock by the tenant's clock. Owners stay free, so that somebody can act.",
        text="""\
forbid(principal, action in Action::"write", resource)
unless {
  principal in Role::"owner" ||
  (context.weekday <= 5 && context.hour >= 8 && context.hour < 18)
};
""",
    ),
    Template(
        name="office-addresses",
        label="Changes only from known addresses",
        description="Nothing is changed from outside the networks named. Fill in your own; addresses of IPv4 and IPv6 are written alike.",
        text="""\
forbid(principal, action in Action::"write", resource)
unless {
  context.address.isInRange(ip("192.0.2.0/24")) ||
  context.address.isInRange(ip("2001:db8::/32"))
};
""",
    ),
    Template(
        name="second-factor-for-changes",
        label="Changes only with a second factor",
        description="People change nothing without a second factor in the last eight hours. API keys have none and are not meant; give them networks instead.",
        text="""\
forbid(principal, action in Action::"write", resource)
unless { context.is_key || (context.mfa && context.mfa_age_s < 28800) };
""",
    ),
    Template(
        name="attribute-match",
        label="Only people with an attribute",
        description="The audit log is open only to people and service accounts whose attribute “department” is “compliance”. Who has no such attribute is refused.",
        text="""\
forbid(principal, action in Action::"audit", resource)
unless {
  principal.hasTag("department") && principal.getTag("department") == "compliance"
};
""",
    ),
    Template(
        name="no-support-writes",
        label="Support looks and changes nothing",
        description="Whoever of support acts in a person's name sees what the person sees, and changes nothing.",
        text="""\
forbid(principal, action in Action::"write", resource)
when { context.is_support };
""",
    ),
)
"""In the order in which people are offered them."""
