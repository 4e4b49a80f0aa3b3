"""The second factor: codes of an authenticator app by time (RFC 6238), and recovery codes that stand in for them."""

import hmac
import secrets

import pyotp
import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit, clock
from sstic.accounts.actions import note
from sstic.identity import digest_of
from sstic.tables.accounts import RecoveryCode, User

SECONDS = 30
# A code counts a little before and after its time, as clocks differ.
STEPS_AROUND = (0, -1, 1)
RECOVERY_CODES = 10
# No letter or digit that is easily taken for another. 28 of 32 signs: 140 bits, so that a plain digest keeps them safe.
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
GROUPS, GROUP_LENGTH = 7, 4


def is_on(user: User) -> bool:
    """Whether a person is asked for a second factor."""
    return user.totp_on_at is not None


def offer_seed(session: Session, user: User) -> None:
    """Draw a seed for the app of a person, to be confirmed by a code."""
    user.totp_seed, user.totp_on_at, user.totp_last_step = pyotp.random_base32(), None, None
    note(session, f"user:{user.id}", "offer_second_factor", user)


def address_of(user: User) -> str:
    """What the QR code tells the app."""
    assert user.totp_seed is not None
    return pyotp.TOTP(user.totp_seed).provisioning_uri(name=user.email, issuer_name="SSTIC matching")


def turn_on(session: Session, user: User, code: str) -> list[str]:
    """Turn the second factor on where the code is right; gives the recovery codes, or none where it is wrong."""
    if is_on(user) or not _take_code(session, user, code):
        return []
    user.totp_on_at = clock.now()
    note(session, f"user:{user.id}", "turn_on_second_factor", user)
    return renew_recovery_codes(session, user)


def turn_off(session: Session, user: User) -> None:
    """Ask for a second factor no more."""
    user.totp_seed = user.totp_on_at = user.totp_last_step = None
    note(session, f"user:{user.id}", "turn_off_second_factor", user)
    _drop_recovery_codes(session, user)


def renew_recovery_codes(session: Session, user: User) -> list[str]:
    """Draw recovery codes in place of the old ones. Only their digests are kept."""
    _drop_recovery_codes(session, user)
    codes = [_drawn() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, digest=digest_of(_plain(code))) for code in codes)
    audit.record(session, f"user:{user.id}", "draw_recovery_codes", "user_account", user.id, {"number": len(codes)})
    return codes


def take(session: Session, user: User, code: str) -> bool:
    """Whether a code of the app or a recovery code is right; it is then spent."""
    return _take_code(session, user, code) or _take_recovery_code(session, user, code)


def codes_left(session: Session, user: User) -> int:
    """How many recovery codes are not spent."""
    unspent = sa.select(sa.func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return session.scalar(unspent) or 0


def _take_code(session: Session, user: User, code: str) -> bool:
    given = "".join(code.split())
    if user.totp_seed is None or not given.isascii() or not given.isdigit():
        return False
    app, now = pyotp.TOTP(user.totp_seed, interval=SECONDS), int(clock.now().timestamp()) // SECONDS
    for step in (now + around for around in STEPS_AROUND):
        if hmac.compare_digest(app.generate_otp(step), given):
            return _spend(session, user, step)
    return False


def _spend(session: Session, user: User, step: int) -> bool:
    """Let a code count once, also where it is sent twice at the same time."""
    fresh = sa.or_(User.totp_last_step.is_(None), User.totp_last_step < step)
    spent = session.execute(sa.update(User).where(User.id == user.id, fresh).values(totp_last_step=step))
    return bool(spent.rowcount)  # type: ignore[attr-defined]  # the result of an update has one


def _take_recovery_code(session: Session, user: User, code: str) -> bool:
    mine = RecoveryCode.digest == digest_of(_plain(code))
    unspent = sa.update(RecoveryCode).where(RecoveryCode.user_id == user.id, mine, RecoveryCode.used_at.is_(None))
    if not session.execute(unspent.values(used_at=clock.now())).rowcount:  # type: ignore[attr-defined]
        return False
    audit.record(session, f"user:{user.id}", "use_recovery_code", "user_account", user.id, {})
    return True


def _drop_recovery_codes(session: Session, user: User) -> None:
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def _drawn() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def _plain(code: str) -> str:
    return "".join(code.lower().replace("-", " ").split())
