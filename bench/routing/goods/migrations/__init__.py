"""The schema of the measured model."""
