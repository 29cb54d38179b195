"""What targets answer, in few words."""

import re

from audit.problems import TargetRefused
from kernel.outbound import Answer

SHOWN = 200
_UNFIT = re.compile(r"[^ -~]+")


def required(answer: Answer, *, is_taken: bool) -> str:
    """The answer in short. Raises TargetRefused with it where the entries were not taken."""
    said = shown(answer)
    if not is_taken:
        hint = (
            "Redirects are not followed; give the final address."
            if 300 <= answer.status < 400
            else "Look at its log, and at the secret."
        )
        raise TargetRefused(f"The target answered {said}. {hint}", answer=said)
    return said


def shown(answer: Answer) -> str:
    """Status and the beginning of the body as visible signs on one line."""
    text = _UNFIT.sub(" ", answer.body[: SHOWN * 2].decode("latin-1")).strip()[:SHOWN]
    return f"{answer.status} {text}".strip()
