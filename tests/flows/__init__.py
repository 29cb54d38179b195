"""Journeys across apps through HTTP, named after the journey."""
