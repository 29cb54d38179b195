"""What can be refused about teams."""

from kernel.problems import Conflict, NotFound


class TeamNotFound(NotFound):
    """There is no such team in this tenant."""

    type = "team-not-found"
    title = "No such team"


class TeamTaken(Conflict):
    """Another team has this name."""

    type = "team-taken"
    title = "The team's name is taken"


class TeamInUse(Conflict):
    """The team gives roles to its members, who would lose them; `roles` and `members` tell which and how many."""

    type = "team-in-use"
    title = "The team still gives roles"


class TeamMemberNotFound(NotFound):
    """Whoever was named is not in the team."""

    type = "team-member-not-found"
    title = "Not in this team"
