"""Firebase's project: its service account, and the access tokens it gave out."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from threading import Lock

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

PROJECT = "sandbox-project"
CLIENT = f"sender@{PROJECT}.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
TOKEN_PATH = "/google/token"  # noqa: S105 - a path
LIFETIME = timedelta(hours=1)


class WrongAssertionError(Exception):
    """The service account's word is not its own, or says the wrong thing."""


class PushingRegister:
    """Gives out access tokens for a service account's signed word, and knows them again."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._tokens: dict[str, datetime] = {}

    def service_account(self, url: str) -> str:
        """The key file, as the Firebase console hands it out, for a sandbox at `url`."""
        pem = _key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": PROJECT,
                "private_key_id": "sandbox",
                "private_key": pem.decode(),
                "client_email": CLIENT,
                "token_uri": f"{url}{TOKEN_PATH}",
            }
        )

    def grant(self, assertion: str) -> str:
        """An access token; WrongAssertionError unless the account signed for it just now."""
        try:
            claims = jwt.decode(
                assertion,
                _key().public_key(),
                algorithms=["RS256"],
                issuer=CLIENT,
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False},
            )
        except jwt.PyJWTError as wrong:
            raise WrongAssertionError from wrong
        now = self._now()
        lasts = timedelta(seconds=claims["exp"] - claims["iat"])
        fresh = claims["iat"] - 60 <= now.timestamp() < claims["exp"] and lasts <= LIFETIME
        if claims.get("scope") != SCOPE or not claims["aud"].endswith(TOKEN_PATH) or not fresh:
            raise WrongAssertionError
        token = f"ya29.{uuid.uuid4().hex}"
        with self._lock:
            self._tokens[token] = now + LIFETIME
        return token

    def knows(self, token: str) -> bool:
        """Whether an access token was given out and has not expired."""
        with self._lock:
            until = self._tokens.get(token)
        return until is not None and self._now() < until


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
