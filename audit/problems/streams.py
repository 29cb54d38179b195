"""What can be refused about streams."""

from kernel.problems import Conflict, NotFound, Unavailable


class StreamNotFound(NotFound):
    """There is no such stream in this tenant."""

    type = "stream-not-found"
    title = "There is no such stream"


class StreamNameTaken(Conflict):
    """Another stream of this tenant has this name."""

    type = "stream-name-taken"
    title = "The name of the stream is taken"


class TargetRefused(Unavailable):
    """The target of a stream answered, but did not take what was sent; `answer` begins what it said."""

    type = "target-refused"
    title = "The target did not take the entries"
    status = 502
