"""Ports to the world outside the database: files, wake-ups, mail, virus scan."""
