"""The form that erases a person: the address is typed again, so that nobody is erased by a slip."""

from collections.abc import Mapping


def is_confirmed(sent: Mapping[str, str], email: str) -> bool:
    """Whether the address that was typed is that of the person."""
    return sent.get("email", "").strip().lower() == email.lower()
