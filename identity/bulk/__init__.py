"""Changes to many people at once: what a file may hold, how it is read, and how its results are written. The work itself is `actions.bulk`."""
