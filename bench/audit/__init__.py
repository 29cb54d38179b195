"""What the trail costs whoever acts, and how fast it is taken in, sealed, checked, proved and read."""
