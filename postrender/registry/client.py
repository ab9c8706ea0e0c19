"""
Speaking with registries as the OCI distribution specification and Docker's token specification
(distribution docs/spec/auth/token.md, oauth.md) want it.

A registry is asked without a login first; what it then asks for decides who gets to see one: the
registry itself, or the token service that it names, over TLS.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from postrender.errors import LockError
from postrender.registry.transport import Answer, NoTLS, is_loopback, may_lead, origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postrender.registry.credentials import Login
    from postrender.registry.transport import Transport

TOKEN_SIZE = 1 << 20

# A challenge's parameter (name, quoted value, bare value) or the scheme that begins one (RFC 9110,
# 11.6.1); one header may hold several challenges.
_CHALLENGE = re.compile(
    r'[\s,]*(?:([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|([A-Za-z][\w-]*)(?=\s|,|$))'
)


class Client:
    """
    What is known of registries while a command runs: schemes, tokens, and through `login_for` the
    logins, by host. Threads may share a client. Raises LockError, without naming the image.
    """

    def __init__(self, transport: Transport, login_for: Callable[[str], Login | None]) -> None:
        self.transport = transport
        self.login_for = login_for
        self.schemes: dict[str, str] = {}
        self.authorizations: dict[tuple[str, str], str] = {}

    def get(
        self, host: str, repository: str, rest: str, *, accept: str, limit: int, until: float
    ) -> Answer:
        """
        `GET /v2/<repository>/<rest>` from a registry, logged in where it asks for it.

        At most `limit` bytes are taken, and nothing after the time `until` (time.monotonic).
        """
        url = f"{self.scheme(host, until)}://{host}/v2/{repository}/{rest}"
        key = (host, repository)
        headers = {"Accept": accept}
        if known := self.authorizations.get(key):
            headers["Authorization"] = known
        answer = self.transport.fetch(url, headers, limit=limit, until=until)
        problem = ""
        # A challenge counts only from the registry itself, not from where it redirects to.
        if answer.status == 401 and origin(answer.url) == origin(url):
            challenges = _challenges(answer.headers.get("WWW-Authenticate", ""))
            login, problem = self.login(host)
            given = self.authorization(url, repository, challenges, login, until)
            if given:
                self.authorizations[key] = headers["Authorization"] = given
                answer = self.transport.fetch(url, headers, limit=limit, until=until)
        if answer.status != 200:
            raise LockError(_refusal(answer, host) + (f" ({problem})" if problem else ""))
        return answer

    def scheme(self, host: str, until: float) -> str:
        """HTTPS; on loopback plain HTTP where the registry does not speak TLS."""
        if not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return "https"
        if host not in self.schemes:
            try:
                self.transport.fetch(f"https://{host}/v2/", {}, limit=TOKEN_SIZE, until=until)
            except NoTLS:
                self.schemes[host] = "http"
            else:
                self.schemes[host] = "https"
        return self.schemes[host]

    def login(self, host: str) -> tuple[Login | None, str]:
        """The login for a host; where it cannot be had, why: perhaps nobody needs it."""
        try:
            return self.login_for(host), ""
        except LockError as error:
            return None, str(error)

    def authorization(
        self,
        url: str,
        repository: str,
        challenges: Mapping[str, Mapping[str, str]],
        login: Login | None,
        until: float,
    ) -> str:
        """The Authorization header that a challenge asks for; empty where there is none to give."""
        if "bearer" in challenges:
            return self.token(url, repository, challenges["bearer"], login, until)
        if "basic" in challenges and login is not None and login.user:
            return _basic(login)
        return ""

    def token(
        self,
        url: str,
        repository: str,
        challenge: Mapping[str, str],
        login: Login | None,
        until: float,
    ) -> str:
        """A bearer token from the service that a registry's challenge names."""
        realm = challenge.get("realm", "")
        if not may_lead(url, realm):
            raise LockError(
                f"{urlsplit(url).netloc} sends for its token to no place with TLS; "
                "have its operators mend that"
            )
        service = urlsplit(realm)
        query = {"scope": challenge.get("scope") or f"repository:{repository}:pull"}
        if "service" in challenge:
            query["service"] = challenge["service"]
        if login is not None and not login.user:
            form = {**query, "grant_type": "refresh_token", "client_id": "kmod-post"}
            answer = self.transport.fetch(
                realm,
                {"Content-Type": "application/x-www-form-urlencoded"},
                form=urlencode({**form, "refresh_token": login.secret}),
                limit=TOKEN_SIZE,
                until=until,
            )
        else:
            own = [(name, value) for name, value in parse_qsl(service.query) if name not in query]
            full = service._replace(query=urlencode([*own, *query.items()]))
            headers = {} if login is None else {"Authorization": _basic(login)}
            answer = self.transport.fetch(urlunsplit(full), headers, limit=TOKEN_SIZE, until=until)
        if answer.status in {400, 401, 403}:
            return ""  # the registry itself will say what it thinks of nobody
        if answer.status != 200:
            raise LockError(_refusal(answer, service.netloc))
        try:
            data = json.loads(answer.body)
            token = data.get("token") or data.get("access_token")
        except (ValueError, RecursionError, AttributeError):
            token = None
        if not isinstance(token, str) or not re.fullmatch(r"[!-~]+", token):
            raise LockError(f"{service.netloc} gives no token; try again later")
        return f"Bearer {token}"


def _basic(login: Login) -> str:
    return "Basic " + b64encode(f"{login.user}:{login.secret}".encode()).decode()


def _challenges(header: str) -> dict[str, dict[str, str]]:
    """A WWW-Authenticate header as scheme to parameters, all names in lower case."""
    found: dict[str, dict[str, str]] = {}
    parameters: dict[str, str] = {}
    place = 0
    while part := _CHALLENGE.match(header, place):
        name, quoted, bare, scheme = part.groups()
        if scheme is not None:
            parameters = found.setdefault(scheme.lower(), {})
        else:
            value = bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters.setdefault(name.lower(), value)
        place = part.end()
    return found


def _refusal(answer: Answer, host: str) -> str:
    """What a status means, and what to do."""
    status = answer.status
    if status in {401, 403}:
        return f'{host} refuses it ({status}); run "docker login {host}", or mind the name'
    if status == 404:
        return f"{host} does not have it (404); mind its name and tag, or log in"
    if status == 429:
        return f"{host} has had too many requests (429); log in, or try again later"
    return f"{host} answers with status {status}; try again later"
