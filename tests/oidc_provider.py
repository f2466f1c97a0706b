"""A small OpenID Connect provider on this machine: real HTTP, signed tokens, and every lie that a test needs."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

CLIENT, SECRET = "portal", "un-valor-de-prueba"


@cache
def own_key() -> RSAKey:
    """The provider's key, made once for all tests."""
    return RSAKey.generate_key(2048, {"kid": "una"})


@dataclass
class Provider:
    """Answers for one person. `claims` go over those of the token; `twist` may change the token's parts in place."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=own_key)
    sign_with: Any = None
    alg: str = "RS256"
    sleep: float = 0.0
    broken: str = ""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def __call__(self, environ: Any, start: Any) -> Any:
        """Answer one request (WSGI)."""
        request = Request(environ)
        pages = {
            "/.well-known/openid-configuration": self.metadata,
            "/llaves": self.keys,
            "/token": self.token,
        }
        if self.broken and self.broken in request.path:
            return Response("caído", status=500)(environ, start)
        return pages[request.path](request)(environ, start)

    def metadata(self, _: Request) -> Response:
        """What the provider says of itself."""
        return _json({"issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/entrar",
                      "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/llaves"})  # fmt: skip

    def keys(self, _: Request) -> Response:
        """Its public keys."""
        return _json({"keys": [self.key.as_dict(private=False)]})

    def sign_in(self, url: str) -> str:
        """What the person's browser does at the provider; returns the query with which it is sent back."""
        asked = {name: values[0] for name, values in parse_qs(url.partition("?")[2]).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.asked[code] = asked
        return urlencode({"code": code, "state": asked["state"]})

    def token(self, request: Request) -> Response:
        """A code for a token: once, to the client with its secret and the verifier of the code's challenge."""
        time.sleep(self.sleep)
        asked = self.asked.pop(request.form["code"], None)
        auth = request.authorization
        if asked is None or auth is None or (auth.username, auth.password) != (CLIENT, SECRET):
            return _json({"error": "invalid_grant"}, 400)
        digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return _json({"error": "invalid_grant"}, 400)
        if request.form["redirect_uri"] != asked["redirect_uri"]:
            return _json({"error": "invalid_grant"}, 400)
        return _json({"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])})

    def id_token(self, nonce: str) -> str:
        """Who the person is, signed."""
        now = int(time.time())
        own = {"iss": self.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300, "nonce": nonce}
        claims = {name: value for name, value in {**own, **self.claims}.items() if value is not None}
        key = self.sign_with or self.key
        return jwt.encode({"alg": self.alg, "kid": "una"}, claims, key, algorithms=[self.alg])


def own_secret_as_key() -> OctKey:
    """The client's secret, with which nobody but a forger would sign."""
    return OctKey.import_key(SECRET * 2)


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    """Serve a provider on a free port."""
    server = make_server("127.0.0.1", 0, provider, threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")
