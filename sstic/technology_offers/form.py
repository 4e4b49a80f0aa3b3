"""What a technology offer says, checked."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from sstic.asked import Blank
from sstic.good_practices.fields import Area, Code, Line, Link, MaybeProse, Prose
from sstic.language import mark

Day = Annotated[date | None, Blank, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)]
BEGINS = mark("Begins with https://.")


class Offer(BaseModel):
    """A technology open for transfer."""

    title: Line = Field(title=mark("Title"), description=mark("What it is, as in: Solar dryer for coffee cherries."))
    owner: Annotated[str, Blank] = Field(title=mark("Supplier"), json_schema_extra={"shown_as": "select"})
    action_area: Area = Field(title=mark("Action area"), json_schema_extra={"shown_as": "action_area"})
    theme: Code = Field(None, title=mark("Theme"), json_schema_extra={"shown_as": "select"})
    summary: Prose = Field(
        title=mark("What it does"),
        description=mark("What it does, for whom, and what it needs on site."),
        json_schema_extra={"shown_as": "text"},
    )
    maturity: Annotated[Literal["concept", "prototype", "demonstrated", "in_use", "widely_used"], Blank] = Field(
        title=mark("How mature it is"), json_schema_extra={"shown_as": "maturity"}
    )
    ip_terms: Annotated[
        Literal["open", "licence", "exclusive_licence", "sale", "joint_venture", "to_be_agreed"], Blank
    ] = Field(title=mark("How the right is given on"), json_schema_extra={"shown_as": "ip_terms"})
    terms: MaybeProse = Field(None, title=mark("Further terms"), json_schema_extra={"shown_as": "text"})
    open_from: Day = Field(None, title=mark("Open from"), json_schema_extra={"shown_as": "day"})
    open_to: Day = Field(None, title=mark("Open until"), json_schema_extra={"shown_as": "day"})
    source_url: Link = Field(None, title=mark("Web page about it"), description=BEGINS)

    @model_validator(mode="after")
    def closes_after_opening(self) -> "Offer":
        """An offer does not end before it begins."""
        if self.open_from and self.open_to and self.open_to < self.open_from:
            raise PydanticCustomError("ends_early", "ends before it begins", {"field": "open_to"})
        return self
