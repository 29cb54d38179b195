"""A moment by which something must be over, however it spends its time."""

import time

from kernel.problems import Unreachable

CONNECT_S = 5.0


class Deadline:
    """Counts down from `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = time.monotonic() + seconds
        self.seconds = seconds

    def left(self) -> float:
        """Seconds that remain, more than 0. Raises Unreachable once there are none."""
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise Unreachable(f"The other side did not finish within {self.seconds:g} seconds. Look whether it is up, and repeat.")
        return left

    def left_to_connect(self) -> float:
        """As `left`, at most 5 seconds."""
        return min(CONNECT_S, self.left())
