"""An OpenID Connect provider that knows one person and asks for no password, for tests of the sign-in."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "mtrec-studio"


@dataclass(kw_only=True)
class IdentityProvider:
    """Serves what OpenID Connect Core 1.0 asks of a code flow. A context manager."""

    email: str
    nonces: dict[str, str] = field(default_factory=dict)
    """Code -> the nonce that its token must carry."""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "one"}))

    def __enter__(self) -> "IdentityProvider":
        provider = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
                if path == "/authorize":
                    self._send_back(query)
                elif path == "/keys":
                    self._json({"keys": [provider.key.as_dict(private=False)]})
                else:
                    self._json(provider.metadata())

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self._json(provider.token(form["code"][0]))

            def _send_back(self, query: dict[str, list[str]]) -> None:
                code = f"code{len(provider.nonces)}"
                provider.nonces[code] = query["nonce"][0]
                back = urlencode({"code": code, "state": query["state"][0]})
                self.send_response(302)
                self.send_header("Location", f"{query['redirect_uri'][0]}?{back}")
                self.end_headers()

            def _json(self, value: object) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(value).encode())

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on the test's output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def metadata(self) -> dict[str, object]:
        return {
            "issuer": self.host,
            "authorization_endpoint": f"{self.host}/authorize",
            "token_endpoint": f"{self.host}/token",
            "jwks_uri": f"{self.host}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def token(self, code: str) -> dict[str, object]:
        """What the code of an authorisation is worth."""
        now = int(time.time())
        claims = {
            "iss": self.host, "aud": CLIENT, "sub": self.email, "email": self.email,
            "iat": now, "exp": now + 300, "nonce": self.nonces[code],
        }  # fmt: skip
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return {"access_token": code, "token_type": "Bearer", "expires_in": 300, "id_token": signed}
