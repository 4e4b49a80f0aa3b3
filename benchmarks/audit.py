"""How fast the audit is checked and written: seconds for 100,000 events on SQLite.

Run it with ``python -m benchmarks.audit [EVENTS]``.
"""

import os
import platform
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit
from sstic.database import make_engine
from sstic.history.verifying import verify_chain
from sstic.migrating import migrate
from sstic.tables.audit import AuditEvent, AuditHead

EDIT = {"status": {"before": "draft", "after": "submitted"}, "title": {"before": "A title", "after": "Another title"}}
SINGLE = 500


def fill(session: Session, count: int) -> None:
    """Add events to the chain at once, each sealed, and the head behind the last one."""
    digest, now = "", datetime.now(UTC)
    for number in range(1, count + 1):
        event = AuditEvent(
            number=number,
            happened_at=now,
            actor=f"user:{number % 50}",
            action="edit_need",
            subject_table="need",
            subject_id=str(number % 100),
            details=EDIT,
        )
        event.digest = digest = audit.seal(digest, event)
        session.add(event)
        if number % 10_000 == 0:
            session.flush()
            session.expunge_all()
        session.execute(sa.update(AuditHead).values(number=number, digest=digest))


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name:
        address = f"sqlite:///{Path(name) / 'audit.db'}"
        migrate(address)
        engine = make_engine(address)
        with Session(engine) as session, session.begin():
            fill(session, count)
        wall, cpu = time.monotonic(), time.process_time()
        with Session(engine.execution_options(writes=False)) as session:
            found = verify_chain(session)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        assert found.faults == []
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"verify {found.events:,} events: {wall:.1f} s ({cpu:.1f} s of processor), peak memory {peak:.0f} MiB")
        started = time.monotonic()
        for number in range(SINGLE):
            with Session(engine) as session, session.begin():
                audit.record(session, "user:1", "edit_need", "need", number, EDIT)
        each = (time.monotonic() - started) / SINGLE
        print(f"one event in a transaction of its own: {1000 * each:.2f} ms")
        engine.dispose()


if __name__ == "__main__":
    main()
