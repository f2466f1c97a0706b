"""Loading the view modules of a blueprint."""

from importlib import import_module
from pkgutil import iter_modules


def load_views(package: str) -> None:
    """Import every module of a blueprint's `views` package, so that its routes are registered."""
    for module in iter_modules(import_module(package).__path__):
        import_module(f"{package}.{module.name}")
