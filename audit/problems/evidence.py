"""What can be refused about evidence."""

from kernel.problems import Invalid


class EvidenceEmpty(Invalid):
    """Nothing that was asked for stands in the log yet; `size` is how many entries the newest checkpoint covers."""

    type = "evidence-empty"
    title = "There is nothing to take along"


class EvidenceTooLarge(Invalid):
    """A bundle holds at most a million entries of a range, or ten thousand chosen ones, and two gigabytes."""

    type = "evidence-too-large"
    title = "The bundle would be too large"
