"""What breaks, broken on purpose: quick tests for pytest, and `python -m tests.faults` for the long ones."""
