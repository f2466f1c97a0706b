"""The alumno's pages, phone first."""

from flask import Blueprint

from portal.web.modules import load_views

bp = Blueprint("alumno", __name__, url_prefix="/<escuela>/alumno")
load_views("portal.alumno.views")
