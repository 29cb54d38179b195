"""What can be refused about alerts, rules and channels."""

from kernel.problems import Conflict, Invalid, LimitReached, NotFound


class AlertNotFound(NotFound):
    """There is no such alert in this tenant."""

    type = "alert-not-found"
    title = "There is no such alert"


class AlertIsClosed(Conflict):
    """A closed alert stays as it is; what happens again opens a new one."""

    type = "alert-is-closed"
    title = "The alert is closed"


class RuleNotFound(NotFound):
    """There is no rule with this key, neither built in nor the tenant's own."""

    type = "rule-not-found"
    title = "There is no such rule"


class RuleIsBuiltIn(Conflict):
    """A rule that comes with the product keeps its text; it can be disabled, muted, or copied into a rule of one's own."""

    type = "rule-is-built-in"
    title = "The rule is built in"


class RuleKeyTaken(Conflict):
    """Another rule has this key."""

    type = "rule-key-taken"
    title = "The key is taken"


class RuleInvalid(Invalid):
    """The text is no rule that can be matched; `faults` lists line and message of each fault."""

    type = "rule-invalid"
    title = "The rule cannot be read"


class TooManyRules(LimitReached):
    """A tenant has at most 100 rules of its own."""

    type = "too-many-rules"
    title = "There are too many rules"


class ChannelNotFound(NotFound):
    """There is no such channel in this tenant."""

    type = "channel-not-found"
    title = "There is no such channel"


class ChannelNameTaken(Conflict):
    """Another channel has this name."""

    type = "channel-name-taken"
    title = "The name is taken"


class TooManyChannels(LimitReached):
    """A tenant has at most 20 channels."""

    type = "too-many-channels"
    title = "There are too many channels"
