"""Accounts, posts, verification of organizations, and the chain of the audit."""

import hashlib
import json
from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


FIRST_DAY = date(2026, 11, 25)
OLD_ROLES = ("focal_point", "approver", "itpo_officer", "coordinator", "donor_officer", "administrator")
USERS = sa.table("user_account", sa.column("id"), sa.column("role"), sa.column("organization_id"))
POSTS = sa.table(
    "post",
    *(sa.column(name) for name in ("id", "user_id", "organization_id", "role", "is_lead")),
    sa.column("from_on", sa.Date()),
)
SAID = ("actor", "action", "subject_table", "subject_id")
EVENTS = sa.table(
    "audit_event",
    *(sa.column(name) for name in ("id", "number", "digest", *SAID)),
    sa.column("happened_at", sa.DateTime(timezone=True)),
    sa.column("details", sa.JSON()),
)


def _seal_what_is_there() -> None:
    """Chain the events that were written before there was a chain."""
    connection, number, digest = op.get_bind(), 0, ""
    for row in connection.execute(sa.select(EVENTS).order_by(EVENTS.c.id)).mappings().all():
        moment: datetime = row["happened_at"]
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        number += 1
        said = [digest, number, moment.isoformat(), *(row[name] for name in SAID), row["details"]]
        digest = hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
        connection.execute(sa.update(EVENTS).where(EVENTS.c.id == row["id"]).values(number=number, digest=digest))
    head = sa.table("audit_head", sa.column("id"), sa.column("number"), sa.column("digest"))
    connection.execute(sa.insert(head).values(id=1, number=number, digest=digest))


def _posts_of_the_roles() -> None:
    columns = (USERS.c.id, USERS.c.organization_id, USERS.c.role)
    leads = USERS.c.role.in_(("approver", "itpo_officer", "donor_officer"))
    op.get_bind().execute(
        sa.insert(POSTS).from_select(
            ["user_id", "organization_id", "role", "is_lead", "from_on"],
            sa.select(*columns, leads, sa.literal(FIRST_DAY, sa.Date())),
        )
    )


def _roles_of_the_posts() -> None:
    """Back to one role a person: the first of an older kind; who has none is taken away."""
    connection = op.get_bind()
    for user, organization, role in connection.execute(
        sa.select(POSTS.c.user_id, POSTS.c.organization_id, POSTS.c.role)
        .where(POSTS.c.role.in_(OLD_ROLES))
        .order_by(POSTS.c.id.desc())
    ).all():
        connection.execute(sa.update(USERS).where(USERS.c.id == user).values(role=role, organization_id=organization))
    connection.execute(sa.delete(POSTS).where(POSTS.c.role.not_in(OLD_ROLES)))
    connection.execute(sa.delete(USERS).where(USERS.c.role.is_(None)))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "sanctions_entry",
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "individual", "entity", name="sanctions_kind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("listed_on", sa.Date(), nullable=True),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_sanctions_entry")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_attempt_key_at", ["key", "happened_at"], unique=False)

    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("beginning", sa.String(length=12), nullable=False),
        sa.Column(
            "scope",
            sa.Enum("read", "write", name="token_scope", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_api_token_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_token_digest")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_user_id"), ["user_id"], unique=False)

    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("invitation", "reset", name="link_purpose", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_one_time_link_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_one_time_link_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("digest", name=op.f("uq_one_time_link_digest")),
    )
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_link_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_one_time_link_user_id"), ["user_id"], unique=False)

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_recovery_code_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_user_id"), ["user_id"], unique=False)

    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_factor_pending", sa.Boolean(), nullable=False),
        sa.Column("browser", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_user_session_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_user_session_digest")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "organization_flag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "observation", "yellow", "red", name="flag_level", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=8000), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_by_id", sa.Integer(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Integer(), nullable=True),
        sa.Column("lift_reason", sa.String(length=8000), nullable=True),
        sa.ForeignKeyConstraint(
            ["lifted_by_id"], ["user_account.id"], name=op.f("fk_organization_flag_lifted_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_organization_flag_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["raised_by_id"], ["user_account.id"], name=op.f("fk_organization_flag_raised_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_flag")),
    )
    with op.batch_alter_table("organization_flag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organization_flag_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "focal_point",
                "approver",
                "itpo_officer",
                "donor_officer",
                "coordinator",
                "reviewer",
                "auditor",
                "administrator",
                name="post_role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until_on is null or until_on >= from_on", name=op.f("ck_post_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_post_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_post_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint(
            "user_id", "organization_id", "role", "from_on", name=op.f("uq_post_user_id_organization_id_role_from_on")
        ),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_post_user_id"), ["user_id"], unique=False)

    op.create_table(
        "screening_match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("entry_reference", sa.String(length=40), nullable=False),
        sa.Column("entry_digest", sa.String(length=64), nullable=False),
        sa.Column("listed_name", sa.String(length=300), nullable=False),
        sa.Column("organization_name", sa.String(length=300), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "false_positive",
                "confirmed",
                name="screening_status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delisted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=8000), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_screening_match_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_screening_match_organization_id_organization")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_match")),
        sa.UniqueConstraint(
            "organization_id", "entry_reference", name=op.f("uq_screening_match_organization_id_entry_reference")
        ),
    )
    with op.batch_alter_table("screening_match", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_screening_match_organization_id"), ["organization_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_screening_match_status"), ["status"], unique=False)

    op.create_table(
        "verification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "passed",
                "conditional",
                "failed",
                name="verification_result",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("verified_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_verification_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["user_account.id"], name=op.f("fk_verification_verified_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
    )
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_verification_organization_id"), ["organization_id"], unique=False)

    op.create_table(
        "delegation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("until_on >= from_on", name=op.f("ck_delegation_ends_after_start")),
        sa.ForeignKeyConstraint(["deputy_id"], ["user_account.id"], name=op.f("fk_delegation_deputy_id_user_account")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_delegation_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delegation_deputy_id"), ["deputy_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delegation_post_id"), ["post_id"], unique=False)

    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("digest", sa.String(length=64), nullable=True))
    _seal_what_is_there()
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.alter_column("number", existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column("digest", existing_type=sa.String(length=64), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_audit_event_number"), ["number"])

    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.add_column(sa.Column("author_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_need_author_id_user_account"), "user_account", ["author_id"], ["id"])

    _posts_of_the_roles()
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password_hash", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("totp_seed", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("totp_on_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("totp_last_step", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("openid_subject", sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f("ix_user_account_organization_id"))
        batch_op.create_unique_constraint(batch_op.f("uq_user_account_openid_subject"), ["openid_subject"])
        batch_op.drop_constraint(batch_op.f("fk_user_account_organization_id_organization"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("ck_user_account_user_role"), type_="check")
        batch_op.drop_column("organization_id")
        batch_op.drop_column("role")


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("organization_id", sa.Integer(), nullable=True))
    _roles_of_the_posts()
    with op.batch_alter_table("user_account", schema=None) as batch_op:
        batch_op.alter_column("role", existing_type=sa.String(length=32), nullable=False)
        batch_op.alter_column("organization_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_check_constraint("user_role", f"role in {OLD_ROLES}")
        batch_op.create_foreign_key(
            batch_op.f("fk_user_account_organization_id_organization"), "organization", ["organization_id"], ["id"]
        )
        batch_op.drop_constraint(batch_op.f("uq_user_account_openid_subject"), type_="unique")
        batch_op.create_index(batch_op.f("ix_user_account_organization_id"), ["organization_id"], unique=False)
        batch_op.drop_column("erased_at")
        batch_op.drop_column("disabled_at")
        batch_op.drop_column("openid_subject")
        batch_op.drop_column("totp_last_step")
        batch_op.drop_column("totp_on_at")
        batch_op.drop_column("totp_seed")
        batch_op.drop_column("password_hash")

    with op.batch_alter_table("need", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_need_author_id_user_account"), type_="foreignkey")
        batch_op.drop_column("author_id")

    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_audit_event_number"), type_="unique")
        batch_op.drop_column("digest")
        batch_op.drop_column("number")

    with op.batch_alter_table("delegation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delegation_post_id"))
        batch_op.drop_index(batch_op.f("ix_delegation_deputy_id"))

    op.drop_table("delegation")
    with op.batch_alter_table("verification", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_verification_organization_id"))

    op.drop_table("verification")
    with op.batch_alter_table("screening_match", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_screening_match_status"))
        batch_op.drop_index(batch_op.f("ix_screening_match_organization_id"))

    op.drop_table("screening_match")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_user_id"))
        batch_op.drop_index(batch_op.f("ix_post_organization_id"))

    op.drop_table("post")
    with op.batch_alter_table("organization_flag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organization_flag_organization_id"))

    op.drop_table("organization_flag")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_user_id"))

    op.drop_table("user_session")
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_user_id"))

    op.drop_table("recovery_code")
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_link_user_id"))
        batch_op.drop_index(batch_op.f("ix_one_time_link_email"))

    op.drop_table("one_time_link")
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_api_token_user_id"))

    op.drop_table("api_token")
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_attempt_key_at")

    op.drop_table("sign_in_attempt")
    op.drop_table("sanctions_entry")
    op.drop_table("audit_head")
