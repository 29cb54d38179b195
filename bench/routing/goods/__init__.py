"""The one model that the measured views read; every peer installs it."""
