"""The rules of servicio social. Nothing here reads a clock, a database, a file or a request."""
