"""The pages of technology offers: the list, the page of each, its form."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from sstic import lookups
from sstic.access import Allowed
from sstic.addresses import Reading, Reference, Writing
from sstic.asked import Paged, asked_of
from sstic.good_practices.drafts import countries_of
from sstic.good_practices.form import Fault, read_model, title_of, words_of
from sstic.good_practices.layout import CHOICES, Difference, shown_fields
from sstic.language import gettext
from sstic.listing import PER_PAGE, Page
from sstic.pages import render
from sstic.permissions import Principal
from sstic.scopes import may
from sstic.sent import sent_fields
from sstic.tables.classifications import ACTION_AREAS
from sstic.tables.good_practices import TechnologyOffer
from sstic.tables.organizations import Organization
from sstic.technology_offers import queries
from sstic.technology_offers.actions import RefusedError, publish_offer, withdraw_offer, write_offer
from sstic.technology_offers.form import Offer

router = APIRouter(include_in_schema=False)
Reader = Annotated[Principal, Depends(Allowed("offer"))]
Writer = Annotated[Principal, Depends(Allowed("offer", "write"))]
Sent = Annotated[dict[str, str], Depends(sent_fields)]


class Asked(queries.OfferFilter, Paged):
    """What the list takes from the address."""


@router.get("/technology-offers")
def technology_offers(
    request: Request, session: Reading, who: Reader, asked: Annotated[Asked, Query()]
) -> HTMLResponse:
    """The technology offers that a person may read."""
    rows, total = queries.list_offers(session, who, asked, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, asked.page, asked_of(asked, "page"))
    if not page.exists:
        raise HTTPException(404)
    return render(
        request,
        "technology_offers/list.html",
        page=page,
        asked=asked,
        areas=ACTION_AREAS,
        maturities=CHOICES["maturity"],
        warnings=queries.warnings_of(session, rows),
        country=lookups.countries(session, [asked.country]).get(asked.country or ""),
        may_start=bool(countries_of(who, "offer", "write")),
    )


@router.get("/technology-offers/new")
def new_offer(request: Request, session: Reading, who: Writer) -> HTMLResponse:
    """The form of a new offer."""
    return _form(request, session, who, None, {})


@router.post("/technology-offers/new")
def start_offer(request: Request, session: Writing, who: Writer, sent: Sent) -> Response:
    """Open a draft."""
    said, owner, faults = _read(session, who, sent)
    if said is None or owner is None:
        return _form(request, session, who, None, sent, 422, faults)
    return RedirectResponse(f"/technology-offers/{write_offer(session, who, said, owner).reference}", 303)


@router.get("/technology-offers/{reference}")
def technology_offer(request: Request, session: Reading, who: Reader, reference: Reference) -> HTMLResponse:
    """One technology offer."""
    return _page(request, session, who, _reached(session, who, reference, "read"))


@router.get("/technology-offers/{reference}/edit")
def edit_offer(request: Request, session: Reading, who: Writer, reference: Reference) -> HTMLResponse:
    """The form of an offer."""
    offer = _reached(session, who, reference, "write")
    return _form(request, session, who, offer, _values(offer))


@router.post("/technology-offers/{reference}/edit")
def change_offer(request: Request, session: Writing, who: Writer, reference: Reference, sent: Sent) -> Response:
    """Change an offer; when a colleague was faster, both texts come back."""
    offer = _reached(session, who, reference, "write", locked=True)
    if offer.status == "withdrawn":
        return _page(request, session, who, offer, 409, "state")
    if sent.get("version") != str(offer.version) and _tidy(sent) != _values(offer):
        return _form(request, session, who, offer, sent, 409, differ=True)
    said, owner, faults = _read(session, who, sent)
    if said is None or owner is None:
        return _form(request, session, who, offer, sent, 422, faults)
    write_offer(session, who, said, owner, offer)
    return RedirectResponse(f"/technology-offers/{reference}", 303)


@router.post("/technology-offers/{reference}/publish")
def publish(
    request: Request,
    session: Writing,
    who: Annotated[Principal, Depends(Allowed("offer", "publish"))],
    reference: Reference,
    sent: Sent,
) -> Response:
    """Let anyone read it."""
    return _moved(request, session, who, _reached(session, who, reference, "publish", locked=True), sent, publish_offer)


@router.post("/technology-offers/{reference}/withdraw")
def withdraw(request: Request, session: Writing, who: Writer, reference: Reference, sent: Sent) -> Response:
    """End it."""
    return _moved(request, session, who, _reached(session, who, reference, "write", locked=True), sent, withdraw_offer)


def _moved(
    request: Request,
    session: Session,
    who: Principal,
    offer: TechnologyOffer,
    sent: Mapping[str, str],
    move: Callable[[Session, Principal, TechnologyOffer], None],
) -> Response:
    if sent.get("version") != str(offer.version):
        return _page(request, session, who, offer, 409, "changed")
    try:
        move(session, who, offer)
    except RefusedError as error:
        return _page(request, session, who, offer, 403 if error.reason == "second_person" else 409, error.reason)
    return RedirectResponse(f"/technology-offers/{offer.reference}", 303)


def _reached(session: Session, who: Principal, reference: str, action: str, *, locked: bool = False) -> TechnologyOffer:
    found = queries.one_offer(session, who, reference, action, locked=locked)
    if found is None:
        known = action != "read" and queries.one_offer(session, who, reference) is not None
        raise HTTPException(403 if known else 404)
    return found


def _page(
    request: Request,
    session: Session,
    who: Principal,
    offer: TechnologyOffer,
    status: int = 200,
    refusal: str | None = None,
) -> HTMLResponse:
    moves = {
        "write": offer.status != "withdrawn",
        "publish": offer.status == "draft" and offer.author_id != who.user_id,
    }
    return render(
        request,
        "technology_offers/one.html",
        status,
        offer=offer,
        theme=queries.theme_label(session, offer),
        warnings=queries.warnings_of(session, [offer])[offer.id],
        refusal=refusal,
        doings={one for one, holds in moves.items() if holds and may(session, who, "offer", one, offer)},
    )


def _options(session: Session, who: Principal) -> dict[str, list[tuple[str, str]]]:
    owners = queries.suppliers_of(session, countries_of(who, "offer", "write"))
    return {"owner": [(one.reference, one.name) for one in owners], "theme": queries.all_themes(session)}


def _read(
    session: Session, who: Principal, sent: Mapping[str, str]
) -> tuple[Offer | None, Organization | None, list[Fault]]:
    said, faults = read_model(Offer, sent)
    if said is None:
        return None, None, faults
    owners = queries.suppliers_of(session, countries_of(who, "offer", "write"))
    owner = next((one for one in owners if one.reference == said.owner), None)
    if owner is None:
        faults.append(Fault("owner", title_of(Offer, "owner"), "choice"))
    if said.theme is not None and said.theme not in dict(queries.all_themes(session)):
        faults.append(Fault("theme", title_of(Offer, "theme"), "choice"))
    return (None if faults else said), owner, faults


def _values(offer: TechnologyOffer) -> dict[str, str]:
    columns = {**{name: name for name in Offer.model_fields}, "theme": "theme_code"}
    found: dict[str, Any] = {name: getattr(offer, column) for name, column in columns.items() if name != "owner"}
    found["owner"] = offer.owner.reference
    return {name: str(value) for name, value in found.items() if value is not None}


def _tidy(sent: Mapping[str, str]) -> dict[str, str]:
    named = {name: (sent.get(name) or "").replace("\r\n", "\n").strip() for name in Offer.model_fields}
    return {name: value for name, value in named.items() if value}


def _form(
    request: Request,
    session: Session,
    who: Principal,
    offer: TechnologyOffer | None,
    values: Mapping[str, str],
    status: int = 200,
    faults: Sequence[Fault] = (),
    *,
    differ: bool = False,
) -> HTMLResponse:
    theirs, mine = _values(offer) if offer is not None and differ else {}, _tidy(values)
    told = [
        Difference(gettext(info.title or name), theirs.get(name, ""), mine.get(name, ""))
        for name, info in Offer.model_fields.items()
        if differ and theirs.get(name, "") != mine.get(name, "")
    ]
    return render(
        request,
        "technology_offers/form.html",
        status,
        offer=offer,
        version=offer.version if offer is not None else 0,
        fields=shown_fields(Offer, values, faults, _options(session, who)),
        faults=[(one.place, words_of(one)) for one in faults],
        differences=told,
    )
