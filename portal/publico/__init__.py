"""What anybody may open: start pages, convenio request, signing links, verification."""

from flask import Blueprint

from portal.web.modules import load_views

bp = Blueprint("publico", __name__)
load_views("portal.publico.views")
