"""The benchmarks: that they run, that what they print has its shape, that a wrong answer stops them. No speed is asserted."""
