"""No tenant sees another, whatever the route."""
