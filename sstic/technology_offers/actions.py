"""What is done with technology offers: written, published, withdrawn. Each leaves its audit row."""

import secrets

from sqlalchemy.orm import Session

from sstic import audit
from sstic.permissions import Principal
from sstic.scopes import may
from sstic.tables.good_practices import TECHNOLOGY_OFFER_MOVES, TechnologyOffer
from sstic.tables.organizations import Organization
from sstic.technology_offers.form import Offer


class RefusedError(Exception):
    """A move that is not possible: ``state`` or ``second_person``. Nothing has been changed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def write_offer(
    session: Session, who: Principal, said: Offer, owner: Organization, offer: TechnologyOffer | None = None
) -> TechnologyOffer:
    """Open a draft, or change one. A published offer that changes is a draft again, to be published anew.

    Whoever wrote last counts as the author, whom publishing asks another person than.
    """
    is_new = offer is None
    if offer is None:
        offer = TechnologyOffer(reference=f"new-{secrets.token_hex(6)}", status="draft", version=0)
        session.add(offer)
    offer.owner_id, offer.owner_iso3, offer.theme_code = owner.id, owner.country_iso3 or "", said.theme
    for name in (
        "title",
        "action_area",
        "summary",
        "maturity",
        "ip_terms",
        "terms",
        "open_from",
        "open_to",
        "source_url",
    ):
        setattr(offer, name, getattr(said, name))
    told = audit.changed(offer)
    if not told:
        return offer
    if offer.status == "published":
        offer.status = "draft"
        told["status"] = {"before": "published", "after": "draft"}
    offer.author_id, offer.version = who.user_id, offer.version + 1
    session.flush()
    if is_new:
        offer.reference = f"TO-{offer.id:04}"
    audit.record(session, who.actor, "start_offer" if is_new else "change_offer", "technology_offer", offer.id, told)
    return offer


def publish_offer(session: Session, who: Principal, offer: TechnologyOffer) -> None:
    """Let anyone read an offer; asks for another person than its author."""
    if not may(session, who, "offer", "publish", offer):
        raise RefusedError("second_person")
    _move(session, who, offer, "published", "publish_offer")


def withdraw_offer(session: Session, who: Principal, offer: TechnologyOffer) -> None:
    """End an offer; it is kept."""
    _move(session, who, offer, "withdrawn", "withdraw_offer")


def _move(session: Session, who: Principal, offer: TechnologyOffer, to: str, action: str) -> None:
    before = offer.status
    if to not in TECHNOLOGY_OFFER_MOVES[before]:
        raise RefusedError("state")
    offer.status, offer.version = to, offer.version + 1
    told = {"status": {"before": before, "after": to}}
    audit.record(session, who.actor, action, "technology_offer", offer.id, told)
