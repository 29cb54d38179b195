"""Doors for the operator at a terminal."""
