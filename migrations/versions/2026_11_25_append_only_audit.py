"""The database refuses to change or remove audit events, and to turn the head of their chain back."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SQLITE = {
    "audit_event_is_never_changed": """
        BEFORE UPDATE ON audit_event
        BEGIN SELECT RAISE(ABORT, 'audit_event: events are never changed'); END""",
    "audit_event_is_never_removed": """
        BEFORE DELETE ON audit_event
        BEGIN SELECT RAISE(ABORT, 'audit_event: events are never removed'); END""",
    # REPLACE removes the row in its way without asking the trigger above.
    "audit_event_is_added_in_order": """
        BEFORE INSERT ON audit_event
        WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit_event)
            OR EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'audit_event: events are numbered one after another'); END""",
    "audit_head_is_one_row": """
        BEFORE INSERT ON audit_head
        WHEN EXISTS (SELECT 1 FROM audit_head)
        BEGIN SELECT RAISE(ABORT, 'audit_head: there is one row'); END""",
    "audit_head_is_never_removed": """
        BEFORE DELETE ON audit_head
        BEGIN SELECT RAISE(ABORT, 'audit_head: the row is never removed'); END""",
    "audit_head_moves_forward_by_one": """
        BEFORE UPDATE ON audit_head
        WHEN NEW.id <> OLD.id OR NEW.number <> OLD.number + 1
        BEGIN SELECT RAISE(ABORT, 'audit_head: moves forward by one'); END""",
}
REFUSE = """
    CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '%: % is refused', TG_TABLE_NAME, TG_OP; END $$"""
IN_ORDER = """
    CREATE FUNCTION audit_event_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit_event) THEN
            RAISE EXCEPTION 'audit_event: events are numbered one after another';
        END IF;
        RETURN NEW;
    END $$"""
FORWARD = """
    CREATE FUNCTION audit_head_forward() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.id <> OLD.id OR NEW.number <> OLD.number + 1 THEN
            RAISE EXCEPTION 'audit_head: moves forward by one';
        END IF;
        RETURN NEW;
    END $$"""
POSTGRESQL = {
    "audit_event_is_never_changed": (
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    ),
    "audit_event_is_added_in_order": (
        "BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_event_in_order()"
    ),
    "audit_head_is_never_removed": (
        "BEFORE DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    ),
    "audit_head_moves_forward_by_one": (
        "BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_head_forward()"
    ),
}
FUNCTIONS = ("audit_refuse", "audit_event_in_order", "audit_head_forward")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    """Apply."""
    for made in () if _is_sqlite() else (REFUSE, IN_ORDER, FORWARD):
        op.execute(made)
    for name, when in (SQLITE if _is_sqlite() else POSTGRESQL).items():
        op.execute(f"CREATE TRIGGER {name} {when}")


def downgrade() -> None:
    """Undo."""
    if _is_sqlite():
        for name in SQLITE:
            op.execute(f"DROP TRIGGER {name}")
        return
    for name in POSTGRESQL:
        op.execute(f"DROP TRIGGER {name} ON {'audit_event' if name.startswith('audit_event') else 'audit_head'}")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
