"""What mail of this room says, in the language of the page that had it sent."""

import logging

from sstic import mail
from sstic.language import gettext

log = logging.getLogger(__name__)


def _post(recipient: str, subject: str, *lines: str) -> None:
    """Send a letter. Whoever asked is not told whether it went; the log is."""
    try:
        mail.send(recipient, subject, "\n\n".join(lines) + "\n")
    except OSError:
        log.exception("a mail could not be sent")


def post_reset(recipient: str, link: str) -> None:
    """A link to choose a new password."""
    _post(
        recipient,
        gettext("SSTIC matching: choose a new password"),
        gettext("Somebody, probably you, asked for a new password. Open this address to choose one:"),
        link,
        gettext("It is good for one hour, and once. If you did not ask, do nothing: your password stays as it is."),
    )


def post_invitation(recipient: str, link: str, organization: str, role: str) -> None:
    """A link to take up a post."""
    _post(
        recipient,
        gettext("SSTIC matching: an invitation"),
        gettext("You are invited to work with the SSTIC matching service as:"),
        f"{role}, {organization}",
        gettext("Open this address to accept:"),
        link,
        gettext("It is good for seven days, and once. If you do not know why you get this, do nothing."),
    )


def post_change(recipient: str, what: str) -> None:
    """That something about signing in was changed."""
    _post(
        recipient,
        gettext("SSTIC matching: a change to your account"),
        what,
        gettext("If this was not you, choose a new password at once and tell an administrator."),
    )
