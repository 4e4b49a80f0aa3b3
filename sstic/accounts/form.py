"""What the forms of this room send, checked. A fault is named by a word that the page has a sentence for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from sstic.asked import Blank

EMAIL = re.compile(r"[^\s@<>(),;:\\\"\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
MOST_DAYS = 365
# The largest number that a row can have.
LAST_ID = 2_147_483_647

# What pydantic calls a fault, where the word for it is another.
WORDS = {
    "missing": "needed",
    "none_required": "needed",
    "string_too_long": "long",
    "literal_error": "choice",
    "int_parsing": "choice",
    "greater_than_equal": "choice",
    "less_than_equal": "choice",
    "date_from_datetime_parsing": "date",
    "date_parsing": "date",
}


def email_of(value: str) -> str:
    """An address as it is kept: one account for all ways to write its letters.

    Raises
    ------
    PydanticCustomError
        Where it is no address; line breaks and lists never are.
    """
    written = value.strip().lower()
    if len(written) > 254 or not EMAIL.fullmatch(written):
        raise PydanticCustomError("email", "not an e-mail address")
    return written


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise PydanticCustomError("control", "control characters")
    return value


def _given(value: Any) -> Any:
    """An empty field is missing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        raise PydanticCustomError("needed", "missing")
    return value


Given = BeforeValidator(_given)
Email = Annotated[str, AfterValidator(email_of), Given]
Password = Annotated[str, Given]
Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_one_line), Given]
Day = Annotated[date, Given]
Number = Annotated[int, Field(ge=1, le=LAST_ID), Given]


class SignIn(BaseModel):
    """E-mail and password; an address that no account can have is asked about like any other."""

    email: Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True), Given]
    password: Password


class Reset(BaseModel):
    """Where to send a link."""

    email: Email


class NewPassword(BaseModel):
    """The password that a link lets a person choose."""

    password: Password


class Joining(NewPassword):
    """What somebody tells who has no account yet."""

    name: Name


class PasswordChange(BaseModel):
    """The password so far, and the next one."""

    current: Password
    password: Password


class Confirmed(BaseModel):
    """The password, asked for again before something weighty."""

    current: Password


class Code(BaseModel):
    """A code of the second factor, or a recovery code."""

    code: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60), Given]


class Renaming(BaseModel):
    """A person's name."""

    name: Name


class NewToken(BaseModel):
    """A token for the API."""

    token_name: Name
    scope: Annotated[Literal["read", "write"], Given]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS), Given]


class Invitation(BaseModel):
    """Whom to invite to which post; the organization is that of the page, its country is its own."""

    email: Email
    role: Annotated[str, StringConstraints(max_length=40), Given]
    is_lead: Annotated[Literal["yes"] | None, Blank] = None
    until_on: Annotated[date | None, Blank] = None


class Added(BaseModel):
    """Whom the command line adds."""

    email: Email
    name: Name


class Disabling(BaseModel):
    """Why a person is disabled. Chosen, not written: the audit keeps it for good."""

    reason: Annotated[Literal["left", "wish", "stolen", "misuse"], Given]


class Enabling(BaseModel):
    """Why a person is let in again."""

    reason: Annotated[Literal["back", "wish", "cleared", "mistake"], Given]


class Lending(BaseModel):
    """Which own post to lend to whom, and when."""

    post: Number
    deputy: Number
    from_on: Day
    lent_until: Day


Form = TypeVar("Form", bound=BaseModel)


@dataclass
class Sent(Generic[Form]):
    """What was sent, for showing it again; the form, where it is right; the faults by field, where not."""

    values: Mapping[str, str]
    form: Form | None = None
    faults: dict[str, str] = field(default_factory=dict)


def read(kind: type[Form], sent: Mapping[str, str]) -> Sent[Form]:
    """Check what was sent; what the form does not ask for is not looked at."""
    try:
        return Sent(sent, kind.model_validate({name: sent.get(name) for name in kind.model_fields}))
    except ValidationError as error:
        faults = {str(one["loc"][0]): WORDS.get(one["type"], one["type"]) for one in reversed(error.errors())}
        return Sent(sent, faults={name: faults[name] for name in kind.model_fields if name in faults})


def local_path(address: str | None) -> str:
    """Where to go on to: a path of this service, or nothing; a page elsewhere never is."""
    if not address or not re.fullmatch(r"/(?![/\\])[^\\\s\x00-\x1f\x7f]*", address) or len(address) > 2000:
        return ""
    return address
