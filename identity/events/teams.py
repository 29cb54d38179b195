"""What can happen to teams."""

from dataclasses import dataclass

from kernel.events import LOW, MEDIUM, Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCreated(Event):
    """A team was made; nobody is in it yet and it gives no role."""

    name = "identity.team.created"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "team"

    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChanged(Event):
    """A team is called or described differently."""

    name = "identity.team.changed"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "team"

    team: str
    old_title: str
    new_title: str
    old_description: str
    new_description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDeleted(Event):
    """A team that gave nobody a role was deleted; `members` tells how many were in it."""

    name = "identity.team.deleted"
    public = True
    category = "access"
    severity = LOW
    subject_kind = "team"

    team: str
    members: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMembersAdded(Event):
    """People or service accounts were put into a team; `members` are their ids and `roles` what the team gives them."""

    name = "identity.team.members_added"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "team"

    team: str
    members: list[str]
    roles: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMemberRemoved(Event):
    """Somebody was taken out of a team; `roles` is what the team gave and they have no longer through it."""

    name = "identity.team.member_removed"
    public = True
    category = "access"
    severity = MEDIUM
    subject_kind = "team"

    team: str
    member: str
    roles: list[str]
