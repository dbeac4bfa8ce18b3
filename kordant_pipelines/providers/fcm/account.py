"""A Google service account: its key file, and the access tokens it is given."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import jwt
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from kordant_pipelines.domain.errors import Misconfigured
from kordant_pipelines.providers.answers import error_of_status, parse_json, typed
from kordant_pipelines.providers.errors import ErrorCode, PermanentProviderError
from kordant_pipelines.providers.reply import Reply
from kordant_pipelines.providers.transport import ProviderHttp, Timeouts

SCOPE: Final = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT: Final = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
_LIFETIME: Final = timedelta(hours=1)
_EARLY: Final = timedelta(minutes=5)


class ServiceAccount(BaseModel):
    """What of a service account's key file is needed."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    project_id: str = Field(pattern=r"^[a-z0-9-]+$")
    client_email: str
    private_key_id: str = ""
    private_key: SecretStr
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


def read_service_account(path: Path) -> ServiceAccount:
    """Read a key file.

    Raises:
        Misconfigured: it is missing, or none.
    """
    try:
        return ServiceAccount.model_validate_json(path.read_bytes())
    except OSError as error:
        raise Misconfigured(
            f"The service account at {path} cannot be read: {error.strerror}. Correct "
            "KORDANT_FCM_CREDENTIALS_FILE, or unset it to send no push messages."
        ) from None
    except ValidationError:
        raise Misconfigured(
            f"{path} is not a service account's key. Download it anew from the Firebase console "
            "(KORDANT_FCM_CREDENTIALS_FILE)."
        ) from None


class _Token(BaseModel):
    access_token: str
    expires_in: float = 3600


_TOKEN: Final = TypeAdapter(_Token)


class AccessTokens:
    """One account's access token, fetched when it is first needed and kept for its lifetime."""

    def __init__(self, account: ServiceAccount, clock: Callable[[], datetime]) -> None:
        self._account = account
        self._clock = clock
        self._held: tuple[str, datetime] | None = None

    def forget(self) -> None:
        """Fetch another next time: this one was refused."""
        self._held = None

    async def token(self, timeouts: Timeouts) -> str:
        """A token that is good for some minutes at least.

        Raises:
            ProviderError: Google gave none.
        """
        now = self._clock()
        if self._held is None or self._held[1] - _EARLY <= now:
            token = await self._fetch(now, timeouts)
            self._held = token.access_token, now + timedelta(seconds=token.expires_in)
        return self._held[0]

    async def _fetch(self, now: datetime, timeouts: Timeouts) -> _Token:
        base, _, endpoint = self._account.token_uri.rpartition("/")
        assertion = await asyncio.to_thread(self._assertion, now)
        http = ProviderHttp("fcm", base_url=base, key_header={}, limiter=None, timeouts=timeouts)
        async with http:
            return await http.post(
                endpoint,
                _granted,
                body=(_GRANT + assertion).encode(),
                headers={"content-type": "application/x-www-form-urlencoded"},
            )

    def _assertion(self, now: datetime) -> str:
        account = self._account
        claims = {
            "iss": account.client_email,
            "scope": SCOPE,
            "aud": account.token_uri,
            "iat": int(now.timestamp()),
            "exp": int((now + _LIFETIME).timestamp()),
        }
        try:
            return jwt.encode(
                claims,
                account.private_key.get_secret_value(),
                algorithm="RS256",
                headers={"kid": account.private_key_id},
            )
        except (ValueError, TypeError, jwt.PyJWTError):
            wrong = PermanentProviderError("fcm", ErrorCode.BAD_KEY, "no private key in PEM")
        raise wrong


def _granted(reply: Reply) -> _Token:
    if reply.status in {400, 401}:  # invalid_grant: the account was disabled, or its key deleted
        raise PermanentProviderError("fcm", ErrorCode.BAD_KEY, f"status {reply.status}")
    if reply.status != 200:
        raise error_of_status("fcm", reply)
    return typed("fcm", parse_json("fcm", reply.body), _TOKEN)
