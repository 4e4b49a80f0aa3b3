"""What a step of the form says, as rows; and rows as the fields of the form show them."""

from collections.abc import Callable, Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.formats import plain_number
from sstic.good_practices.fields import Coding, Institution, Replicated, YearCapacity
from sstic.good_practices.form import Answers, Step
from sstic.tables import Table
from sstic.tables.good_practices import (
    Capability,
    GoodPractice,
    GoodPracticeIsic,
    GoodPracticeSdgTarget,
    GoodPracticeTheme,
    PracticeBlock,
    PracticePrecondition,
    PracticeResult,
    PracticeSource,
    Replication,
)
from sstic.tables.organizations import Organization

Values = dict[str, str]
# Per step with rows: the table, the collection of the practice, and its columns by the name of the field.
ROWS: dict[str, tuple[type[Table], str, dict[str, str]]] = {
    "blocks": (PracticeBlock, "blocks", {one: one for one in ("what", "enabling_factors", "cost_driver", "lesson")}),
    "preconditions": (PracticePrecondition, "conditions", {"kind": "is_hard", "text": "text"}),
    "results": (
        PracticeResult,
        "outcomes",
        {one: one for one in ("indicator", "unit", "before", "after", "year", "method")},
    ),
    "evidence": (PracticeSource, "evidence", {one: one for one in ("title", "year", "url")}),
}
HEADS = {
    "about": {
        "title": "title",
        "action_area": "action_area",
        "summary": "summary",
        "start_year": "start_year",
        "programme": "programme_code",
        "source_url": "source_url",
    },
    "results": {"results_kind": "results_kind"},
    "evidence": {"evidence_grade": "evidence_grade"},
}


def values_of(
    practice: GoodPractice,
    step: Step,
    capacity: Mapping[int, Capability],
    figure: Callable[[float], str] = plain_number,
) -> Values:
    """What the fields of a step show, without the empty ones. ``capacity`` is that of the institution, by year.

    ``figure`` writes measured numbers: by default in the way of the page's language.
    """
    found: dict[str, object] = {name: getattr(practice, column) for name, column in HEADS.get(step.name, {}).items()}
    if found.get("results_kind") == "unknown":
        found["results_kind"] = None
    if step.name in ROWS:
        _, collection, columns = ROWS[step.name]
        for number, row in enumerate(getattr(practice, collection), start=1):
            found |= {f"{name}-{number}": getattr(row, column) for name, column in columns.items()}
    elif step.name == "coding":
        found |= {f"theme-{one.theme_code}": "yes" for one in practice.themes}
        found |= {f"isic-{number}": one.isic_code for number, one in enumerate(practice.isic, start=1)}
        targets = enumerate(practice.sdg_targets, start=1)
        found |= {f"sdg_targets-{number}": one.target_code for number, one in targets}
    elif step.name == "capacity":
        held = practice.institution
        found |= {"institution": held.reference} if held else {"other": practice.institution_name}
        for year, row in capacity.items():
            found |= {f"slots-{year}": row.slots_per_year, f"days-{year}": row.expert_days_per_year}
    elif step.name == "replications":
        for number, row in enumerate(submitted(practice), start=1):
            found |= {f"country-{number}": row.iso3, f"year-{number}": row.year, f"outcome-{number}": row.outcome}
    return {name: _text(value, figure) for name, value in found.items() if value not in (None, "")}


def _text(value: object, figure: Callable[[float], str]) -> str:
    if isinstance(value, bool):
        return "hard" if value else "soft"
    return figure(value) if isinstance(value, float) else str(value)


def submitted(practice: GoodPractice) -> Sequence[Replication]:
    """The replications that came through the form."""
    return [one for one in practice.replications if one.origin == "submitted"]


def steps_filled(practice: GoodPractice) -> set[str]:
    """The steps of the form that hold what they are for, however it came there."""
    held = {
        "about": practice.summary,
        "blocks": practice.blocks,
        "preconditions": practice.conditions,
        "results": practice.outcomes,
        "evidence": practice.evidence_grade,
        "coding": practice.themes,
        "capacity": practice.institution_name,
        "replications": practice.replications,
    }
    return {step for step, what in held.items() if what}


def keep_step(session: Session, practice: GoodPractice, step: Step, answers: Answers) -> None:
    """Let the practice say what the answers say. Those of ``capacity`` and ``replications`` have ways of their own."""
    for name, column in HEADS.get(step.name, {}).items():
        value = getattr(answers.head, name)
        setattr(practice, column, int(value) if column == "start_year" and value is not None else value)
    if step.name in ROWS:
        table, collection, columns = ROWS[step.name]
        session.execute(sa.delete(table).where(sa.column("practice_id") == practice.id))
        for position, row in enumerate(answers.rows, start=1):
            facts = {column: getattr(row, name) for name, column in columns.items()}
            if "is_hard" in facts:
                facts["is_hard"] = facts["is_hard"] == "hard"
            session.add(table(practice_id=practice.id, position=position, **facts))
        session.flush()
        session.expire(practice, [collection])
    if step.name == "coding":
        _keep_codes(session, practice, answers.head)


def _keep_codes(session: Session, practice: GoodPractice, coding: Coding) -> None:
    lists: tuple[tuple[type[Table], str, str, list[str]], ...] = (
        (GoodPracticeTheme, "themes", "theme_code", coding.themes),
        (GoodPracticeIsic, "isic", "isic_code", coding.isic),
        (GoodPracticeSdgTarget, "sdg_targets", "target_code", coding.sdg_targets),
    )
    for table, collection, column, codes in lists:
        session.execute(sa.delete(table).where(sa.column("practice_id") == practice.id))
        session.add_all([table(practice_id=practice.id, **{column: code}) for code in codes])
        session.flush()
        session.expire(practice, [collection])


def keep_institution(practice: GoodPractice, named: Institution, institutions: Iterable[Organization]) -> None:
    """Let the practice name its institution: one of those given, or another by name."""
    held = next((one for one in institutions if one.reference == named.institution), None)
    practice.institution = held
    practice.institution_name = held.name if held else named.other or ""


def keep_capacity(
    session: Session, institution_id: int, rows: Mapping[int, YearCapacity], held: Mapping[int, Capability]
) -> None:
    """Let the institution's capacity be what the rows say, by year. A figure that is given is made up no more."""
    for year, row in rows.items():
        if row.slots is None:
            continue
        one = held.get(year)
        if one is None:
            one = Capability(institution_id=institution_id, year=year, version=0)
            session.add(one)
        elif (one.slots_per_year, one.expert_days_per_year) == (row.slots, row.days):
            continue
        one.slots_per_year, one.expert_days_per_year, one.is_demo = row.slots, row.days, False
        one.version += 1
    session.flush()


def keep_replications(session: Session, practice: GoodPractice, rows: Sequence[Replicated]) -> None:
    """Let the claimed replications be what the rows say. One that changes is to be confirmed anew."""
    held, named = {one.iso3: one for one in submitted(practice)}, {row.country for row in rows}
    for iso3 in held.keys() - named:
        session.delete(held[iso3])
    for row in rows:
        one = held.get(row.country)
        if one is None:
            one = Replication(practice_id=practice.id, iso3=row.country, origin="submitted", version=0)
            session.add(one)
        elif (one.year, one.outcome) == (row.year, row.outcome):
            continue
        one.year, one.outcome, one.version = row.year, row.outcome, one.version + 1
        one.provider_confirmed_by_id = one.provider_confirmed_at = None
        one.replicator_confirmed_by_id = one.replicator_confirmed_at = None
    session.flush()
    session.expire(practice, ["replications"])


def tidy_sent(sent: Mapping[str, str]) -> Values:
    """What a form sent, as ``values_of`` would tell it: without empty fields and rows that are taken out."""
    gone = {name.removeprefix("remove-") for name, value in sent.items() if name.startswith("remove-") and value}
    return {
        name: value.replace("\r\n", "\n").strip()
        for name, value in sent.items()
        if value.strip() and name.rpartition("-")[2] not in gone and name not in ("version", "rows", "more")
    }


def places_of(step: Step, values: Iterable[str]) -> list[tuple[str, str, int | None]]:
    """Each place in the order of the form, with the title of its field, in English, and the number of its row."""
    heads = step.head.model_fields if step.head else {}
    rows = step.row.model_fields if step.row else Coding.model_fields
    found: list[tuple[str, str, int | None]] = []
    for place in values:
        name, _, number = place.rpartition("-")
        if place in heads:
            found.append((place, heads[place].title or place, None))
        elif name in rows and number.isdigit():
            found.append((place, rows[name].title or name, int(number)))
        elif name == "theme":
            found.append((place, Coding.model_fields["themes"].title or "", None))
    return found
