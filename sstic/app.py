"""The web service put together: pages, the API, files, errors, headers."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import sstic.accounts.pages.access
import sstic.accounts.pages.links
import sstic.accounts.pages.openid
import sstic.accounts.pages.own
import sstic.accounts.pages.people
import sstic.accounts.pages.second_factor
import sstic.accounts.pages.sign_in
import sstic.countries.api
import sstic.countries.pages
import sstic.funding.api
import sstic.funding.pages
import sstic.good_practices.api
import sstic.good_practices.moving
import sstic.good_practices.pages
import sstic.good_practices.writing
import sstic.history.pages
import sstic.home.pages
import sstic.judgements.pages
import sstic.match_runs.api
import sstic.match_runs.pages
import sstic.needs.api
import sstic.needs.form_api
import sstic.needs.form_pages
import sstic.needs.pages
import sstic.needs.way_pages
import sstic.organizations.api
import sstic.organizations.pages
import sstic.organizations.screening_pages
import sstic.personal_data.pages
import sstic.proposals.api
import sstic.proposals.pages
import sstic.technology_offers.api
import sstic.technology_offers.pages
from sstic.api import describe_permissions
from sstic.bodies import BodyLimit
from sstic.checks import refuse_to_start
from sstic.errors import LastResort, Problem, add_handlers
from sstic.headers import HeadAsGet, SecurityHeaders
from sstic.hosts import AllowedHosts, OnlyByTls
from sstic.language import LanguageOfRequest
from sstic.pages import STATIC
from sstic.proxies import BehindProxies

ROUTERS = (
    sstic.home.pages.router,
    sstic.home.pages.own,
    sstic.accounts.pages.sign_in.router,
    sstic.accounts.pages.sign_in.leaving,
    sstic.accounts.pages.openid.router,
    sstic.accounts.pages.links.router,
    sstic.accounts.pages.own.router,
    sstic.accounts.pages.second_factor.router,
    sstic.accounts.pages.people.router,
    sstic.accounts.pages.access.router,
    sstic.match_runs.pages.router,
    sstic.proposals.pages.router,
    sstic.needs.form_pages.router,
    sstic.needs.way_pages.router,
    sstic.needs.pages.router,
    sstic.good_practices.writing.router,
    sstic.good_practices.moving.router,
    sstic.good_practices.pages.router,
    sstic.technology_offers.pages.router,
    sstic.funding.pages.router,
    sstic.countries.pages.router,
    sstic.judgements.pages.router,
    sstic.history.pages.router,
    sstic.personal_data.pages.router,
    sstic.organizations.pages.router,
    sstic.organizations.screening_pages.router,
    sstic.match_runs.api.router,
    sstic.proposals.api.router,
    sstic.needs.form_api.router,
    sstic.needs.api.router,
    sstic.good_practices.api.router,
    sstic.technology_offers.api.router,
    sstic.funding.api.router,
    sstic.countries.api.router,
    sstic.organizations.api.router,
)
DESCRIPTION = (
    "Published needs, good practices and funding windows of South-South and triangular industrial cooperation, "
    "and the plan that matches them. Reading them needs no account; a token shows what else its owner may read. "
    "An absent value is unknown, never zero or no."
)


class Files(StaticFiles):
    """The built files of ``static``; what they were built from is not served."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, kept by the browser as long as its address carries the digest of its content."""
        if "/" in path or path.endswith(".md"):
            raise HTTPException(404)
        answer = await super().get_response(path, scope)
        if answer.status_code == 200 and b"v=" in scope["query_string"]:
            answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


class Service(FastAPI):
    """The application; its description of the API names the one shape of an error."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if not self.openapi_schema:
            made = get_openapi(title=self.title, version=self.version, description=self.description, routes=self.routes)
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            made["components"]["schemas"].update(schema.pop("$defs"), Problem=schema)
            describe_permissions(made, self.routes)
            self.openapi_schema = made
        return self.openapi_schema


@asynccontextmanager
async def _serving(_app: FastAPI) -> AsyncIterator[None]:
    """Refuse to start where production is not safe; set aside what lives as long as the process.

    A full collection over that would halt a request for 0.1 s.
    """
    refuse_to_start()
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def create_app() -> FastAPI:
    """Build the application."""
    made = Service(
        title="SSTIC matching",
        version=version("sstic"),
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=_serving,
    )
    for router in ROUTERS:
        made.include_router(router)
    made.mount("/static", Files(directory=STATIC), name="static")
    add_handlers(made)
    # Added last, runs first: headers around everything, errors within the language of the request.
    for one in (BodyLimit, OnlyByTls, AllowedHosts, LastResort, LanguageOfRequest, SecurityHeaders, BehindProxies):
        made.add_middleware(one)
    made.add_middleware(HeadAsGet)
    return made


app = create_app()
