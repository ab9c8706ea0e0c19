"""
Talks to registries as the OCI distribution specification and Docker's token specification
(distribution docs/spec/auth/token.md, oauth.md) define it.

The first request has no login. Depending on the answer, the login goes to the registry itself or to
the token service that it names, over TLS.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from postrender.errors import LockError
from postrender.registry.address import parse
from postrender.registry.transport import Answer, NoTLS, basic

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from postrender.registry.address import Address
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
    What is known of registries while a command runs: their addresses, tokens, and through
    `login_for` the logins, by host and repository. Threads may share a client. Raises LockError,
    without naming the image.
    """

    def __init__(self, transport: Transport, login_for: Callable[[str, str], Login | None]) -> None:
        self.transport = transport
        self.login_for = login_for
        self.registries: dict[str, Address] = {}
        self.authorizations: dict[tuple[str, str], str] = {}

    def get(
        self, host: str, repository: str, rest: str, *, accept: str, limit: int, until: float
    ) -> Answer:
        """
        `GET /v2/<repository>/<rest>` from a registry, logged in where it asks for it.

        At most `limit` bytes are taken, and nothing after the time `until` (time.monotonic).
        """
        registry = self.registry(host, until)
        address = registry._replace(target=f"{registry.target}{repository}/{rest}")
        key = (host, repository)
        headers = {"Accept": accept}
        if known := self.authorizations.get(key):
            headers["Authorization"] = known
        answer = self.transport.fetch(address, headers, limit=limit, until=until)
        problem = ""
        # A challenge counts only from the registry itself, not from where it redirects to.
        if answer.status == 401 and answer.address.origin == address.origin:
            challenges = _challenges(answer.headers.get("WWW-Authenticate", ""))
            login, problem = self.login(host, repository)
            given = self.authorization(address, repository, challenges, login, until)
            if given:
                self.authorizations[key] = headers["Authorization"] = given
                answer = self.transport.fetch(address, headers, limit=limit, until=until)
        if answer.status != 200:
            raise LockError(_refusal(answer, host) + (f" ({problem})" if problem else ""))
        return answer

    def registry(self, host: str, until: float) -> Address:
        """
        Where a registry answers: by HTTPS; on loopback by plain HTTP if it does not speak TLS.
        """
        if host not in self.registries:
            try:
                found = parse(f"https://{host}/v2/")
                if found.is_loopback:
                    try:
                        self.transport.fetch(found, {}, limit=TOKEN_SIZE, until=until)
                    except NoTLS:
                        found = parse(f"http://{host}/v2/")
            except ValueError:
                raise LockError(
                    "the name of its registry is not a host", "write the image as HOST/PATH:TAG"
                ) from None
            self.registries[host] = found
        return self.registries[host]

    def login(self, host: str, repository: str) -> tuple[Login | None, str]:
        """The login for a repository, or why there is none: it may not be needed."""
        try:
            return self.login_for(host, repository), ""
        except LockError as error:
            return None, str(error)

    def authorization(
        self,
        address: Address,
        repository: str,
        challenges: Mapping[str, Mapping[str, str]],
        login: Login | None,
        until: float,
    ) -> str:
        """The Authorization header that a challenge asks for; empty where there is none to give."""
        if "bearer" in challenges:
            return self.token(address, repository, challenges["bearer"], login, until)
        if "basic" in challenges and login is not None and login.user:
            return _login_header(login)
        return ""

    def token(
        self,
        address: Address,
        repository: str,
        challenge: Mapping[str, str],
        login: Login | None,
        until: float,
    ) -> str:
        """A bearer token from the service that a registry's challenge names."""
        try:
            service = parse(challenge.get("realm", ""))
        except ValueError:
            raise LockError(
                f"{address.netloc} names no plain address to get a token from",
                "ask its operators to fix that",
            ) from None
        if not address.may_lead_to(service):
            raise LockError(
                f"{address.netloc} names an address without TLS to get a token from",
                "ask its operators to fix that",
            )
        query = {"scope": challenge.get("scope") or f"repository:{repository}:pull"}
        if "service" in challenge:
            query["service"] = challenge["service"]
        if login is not None and not login.user:
            form = {**query, "grant_type": "refresh_token", "client_id": "kmod-post"}
            answer = self.transport.fetch(
                service,
                {"Content-Type": "application/x-www-form-urlencoded"},
                form=urlencode({**form, "refresh_token": login.secret}),
                limit=TOKEN_SIZE,
                until=until,
            )
        else:
            path, _, own = service.target.partition("?")
            kept = [(name, value) for name, value in parse_qsl(own) if name not in query]
            full = service._replace(target=f"{path}?{urlencode([*kept, *query.items()])}")
            headers = {} if login is None else {"Authorization": _login_header(login)}
            answer = self.transport.fetch(full, headers, limit=TOKEN_SIZE, until=until)
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
            raise LockError(f"{service.netloc} returns no token", "try again later")
        return f"Bearer {token}"


def _login_header(login: Login) -> str:
    return basic(f"{login.user}:{login.secret}".encode())


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
        return f'{host} refuses it ({status}); run "docker login {host}", or check the name'
    if status == 404:
        return f"{host} does not have it (404); check its name and tag, or log in"
    if status == 429:
        return f"{host} has had too many requests (429); log in, or try again later"
    return f"{host} answers with status {status}; try again later"
