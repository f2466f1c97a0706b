"""Forms of this part of the portal."""
