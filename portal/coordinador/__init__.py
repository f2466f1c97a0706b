"""The office's pages."""

from flask import Blueprint

from portal.web.modules import load_views

bp = Blueprint("coordinador", __name__, url_prefix="/<escuela>/coordinador")
load_views("portal.coordinador.views")
