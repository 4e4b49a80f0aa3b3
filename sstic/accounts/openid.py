"""Signing in at an OpenID Connect provider: the address to go to, and who came back.

One random secret in a cookie binds the way there and back to a browser. State, nonce and the verifier of PKCE are
digests of it, so that nothing is kept here and none of them tells another.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from sstic.settings import Settings

CALLBACK = "/sign-in/openid/answer"
SECONDS = 10
# How far the clocks of two machines may be apart.
LEEWAY = 60
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]


class OpenIDError(Exception):
    """The provider's answer does not tell who somebody is."""


@dataclass(frozen=True)
class Person:
    """Whom the provider vouches for."""

    subject: str
    email: str


def part_of(secret: str, name: str) -> str:
    """State, nonce or verifier of one way there and back."""
    return hashlib.sha256(f"{name} {secret}".encode()).hexdigest()


def way_there(chosen: Settings, secret: str) -> str:
    """The address of the provider at which to sign in.

    Raises
    ------
    OpenIDError
        Where the provider does not answer as one does.
    """
    import httpx2

    with _client(chosen) as client:
        try:
            known = _metadata(client, chosen.openid_issuer)
        except httpx2.HTTPError as error:
            raise OpenIDError(str(error)) from error
        address, _ = client.create_authorization_url(
            known["authorization_endpoint"],
            state=part_of(secret, "state"),
            nonce=part_of(secret, "nonce"),
            code_verifier=part_of(secret, "verifier"),
        )
        return str(address)


def who_came_back(chosen: Settings, secret: str, code: str) -> Person:
    """Trade the code for an ID token and read who it names, where the address is verified.

    Raises
    ------
    OpenIDError
        Where anything about the answer is not as it must be.
    """
    import httpx2
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    with _client(chosen) as client:
        try:
            known = _metadata(client, chosen.openid_issuer)
            token = client.fetch_token(
                known["token_endpoint"],
                code=code,
                code_verifier=part_of(secret, "verifier"),
                grant_type="authorization_code",
            )
            keys = client.request("GET", known["jwks_uri"], withhold_token=True).raise_for_status().json()
            claims = _claims(chosen, keys, str(token.get("id_token", "")), part_of(secret, "nonce"))
        except (httpx2.HTTPError, AuthlibBaseError, JoseError, ValueError, KeyError) as error:
            raise OpenIDError(type(error).__name__) from error
    if claims.get("email_verified") is not True or not claims.get("email"):
        raise OpenIDError("the address is not verified")
    return Person(f"{chosen.openid_issuer} {claims['sub']}"[:300], str(claims["email"]))


def _claims(chosen: Settings, keys: dict[str, Any], id_token: str, nonce: str) -> Any:
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.jwk import KeySet

    read = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
    claims = CodeIDToken(
        read.claims,
        read.header,
        options={
            "iss": {"essential": True, "value": chosen.openid_issuer},
            "aud": {"essential": True, "value": chosen.openid_client_id},
        },
        params={"nonce": nonce, "client_id": chosen.openid_client_id},
    )
    claims.validate(leeway=LEEWAY)
    return claims


def _metadata(client: Any, issuer: str) -> dict[str, Any]:
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    answer = client.request("GET", address, withhold_token=True).raise_for_status()
    try:
        known: dict[str, Any] = answer.json()
    except ValueError as error:
        raise OpenIDError("no configuration") from error
    if known.get("issuer") != issuer:
        raise OpenIDError("the configuration is of another issuer")
    return known


def _client(chosen: Settings) -> Any:
    from authlib.integrations.httpx_client import OAuth2Client

    return OAuth2Client(
        client_id=chosen.openid_client_id,
        client_secret=chosen.openid_client_secret.get_secret_value(),
        scope="openid email",
        redirect_uri=f"{chosen.own_address}{CALLBACK}",
        code_challenge_method="S256",
        timeout=SECONDS,
    )
