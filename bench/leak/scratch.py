"""A program of the benchmark in a process of its own, which answers with one JSON object."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench import workers

ROOT = Path(__file__).resolve().parent.parent.parent
WITHIN_S = 1800


class ProgramFailed(RuntimeError):
    """A program of the benchmark ended without an answer; the message holds the end of what it wrote."""


def ask(module: str, order: Mapping[str, Any], *, settings: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """Run `python -m module` with the order on its standard input; its answer. Raises ProgramFailed."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**workers.surroundings(), **environment, "DJANGO_SETTINGS_MODULE": settings},
        input=json.dumps(order),
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
    )
    if done.returncode:
        raise ProgramFailed(f"{module} ended with code {done.returncode}:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
