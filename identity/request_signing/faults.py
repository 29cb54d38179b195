"""What is wrong with a signature, in one word for the trail; the caller is never told which."""


class Unacceptable(Exception):
    """The request is not what its signature says, or the signature is not one that is accepted. `reason` is a short word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
