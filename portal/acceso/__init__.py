"""Accounts: signing in and out, passwords, sessions, invitations, registration."""

from flask import Blueprint

from portal.web.modules import load_views

bp = Blueprint("acceso", __name__)
load_views("portal.acceso.views")
