"""The dependencia's pages, across escuelas; what touches one escuela has its slug in the address."""

from flask import Blueprint

from portal.web.modules import load_views

bp = Blueprint("dependencia", __name__, url_prefix="/dependencia")
load_views("portal.dependencia.views")
