"""How much a benchmark is asked to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """What the command line said: `rounds` and `tenants` are None where the benchmark's own numbers are wanted.

    `is_full` asks for the sizes that the promised figures are about; without it a run ends within a minute on two cores.
    """

    rounds: int | None = None
    tenants: int | None = None
    is_full: bool = False
