"""One step of the form of a good practice: what is stored of it, how it is drawn, read and kept."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from sstic.formats import country_name
from sstic.good_practices import drafts
from sstic.good_practices.actions import note_saving
from sstic.good_practices.fields import About, Institution, Replicated, YearCapacity
from sstic.good_practices.form import (
    MOST_ROWS,
    Answers,
    Fault,
    Step,
    read_capacity,
    read_coding,
    read_step,
    title_of,
    words_of,
)
from sstic.good_practices.layout import (
    Options,
    differences,
    divisions,
    shown_codes,
    shown_fields,
    shown_rows,
    shown_years,
)
from sstic.good_practices.queries import capacity_of
from sstic.good_practices.storing import (
    Values,
    keep_capacity,
    keep_institution,
    keep_replications,
    keep_step,
    values_of,
)
from sstic.pages import render
from sstic.permissions import Principal
from sstic.tables.good_practices import Capability, GoodPractice

YEARS_AHEAD = 3


class StepPage:
    """One step of one practice.

    ``version`` counts the savings of the step; for capacity also those of the institution's figures, which other
    practices of the same institution change too.
    """

    def __init__(self, session: Session, practice: GoodPractice, step: Step, *, locked: bool = False) -> None:
        self.session, self.practice, self.step = session, practice, step
        self.capacity: dict[int, Capability] = {}
        first = datetime.now(UTC).year
        self.years = list(range(first, first + YEARS_AHEAD))
        if step.name == "capacity" and practice.institution_id is not None:
            if locked:
                drafts.lock_institution(session, practice.institution_id)
            self.capacity = capacity_of(session, practice.institution_id, self.years)
        self.stored = values_of(practice, step, self.capacity)
        self.before = values_of(practice, step, self.capacity, figure=str)
        saved = drafts.steps_saved(session, practice).get(step.name)
        self.version = f"{saved.version if saved else 0}.{sum(one.version for one in self.capacity.values())}"

    def drawn(
        self,
        request: Request,
        values: Mapping[str, str],
        status: int = 200,
        *,
        faults: Sequence[Fault] = (),
        version: str | None = None,
        rows: int = 0,
        differ: bool = False,
        is_closed: bool = False,
    ) -> HTMLResponse:
        """The page of the step, filled in with ``values``; it shows at least as many ``rows``."""
        step, options = self.step, self._options()
        return render(
            request,
            "good_practices/step.html",
            status,
            practice=self.practice,
            step=step,
            version=self.version if version is None else version,
            faults=[(one.place, words_of(one)) for one in faults],
            edit=drafts.last_edits(self.session, self.practice).get(step.name),
            differences=differences(step, self.stored, dict(values)) if differ else [],
            is_closed=is_closed,
            fields=shown_fields(step.head, values, faults, options) if step.head else [],
            **self._rows_and_codes(dict(values), faults, options, rows),
        )

    def _rows_and_codes(
        self, values: Values, faults: Sequence[Fault], options: Mapping[str, Options], asked: int
    ) -> dict[str, Any]:
        if self.step.name == "capacity":
            rows = shown_years(self.step, self.years, values, faults) if self.practice.institution_id else []
            return {"rows": rows, "has_years": True}
        if self.step.name == "coding":
            lists = drafts.code_lists(self.session)
            chosen = {
                name.removeprefix("theme-") for name, value in values.items() if name.startswith("theme-") and value
            }
            fault = next((words_of(one) for one in faults if one.kind == "no_theme"), None)
            coding = {"themes": lists.themes, "chosen": chosen, "themes_fault": fault}
            offered = {"isic": divisions(lists), "sdg_targets": list(lists.targets.items())}
            return {"coding": coding, "codes": shown_codes(values, faults), "offered": offered, "rows": []}
        return {"rows": shown_rows(self.step, values, faults, options, asked), "most_rows": MOST_ROWS}

    def _options(self) -> dict[str, Options]:
        """The choices that come out of the database."""
        if self.step.name == "about":
            return {"programme": drafts.programmes(self.session)}
        if self.step.name == "capacity":
            return {"institution": [(one.reference, one.name) for one in self._institutions()]}
        if self.step.name == "replications":
            found = [(one.iso3, country_name(one)) for one in drafts.countries_to_choose(self.session)]
            return {"country": sorted(found, key=lambda one: one[1])}
        return {}

    def _providers(self) -> list[str]:
        return [one.iso3 for one in self.practice.providers]

    def _institutions(self) -> Sequence[Any]:
        return drafts.institutions_of(self.session, self._providers())

    def read(self, sent: Mapping[str, str]) -> Answers:
        """The answers, checked against what is there."""
        if self.step.name == "coding":
            lists = drafts.code_lists(self.session)
            return read_coding(sent, [one.code for one in lists.themes], lists.isic, lists.targets)
        if self.step.name == "capacity":
            return self._read_capacity(sent)
        answers = read_step(self.step, sent)
        if self.step.name == "replications":
            answers.faults += self._wrong_countries(answers)
        tool = answers.head.programme if self.step.name == "about" and answers.head is not None else None
        if tool is not None and tool not in {code for code, _ in drafts.programmes(self.session)}:
            answers.faults.append(Fault("programme", title_of(About, "programme"), "choice"))
        return answers

    def _wrong_countries(self, answers: Answers) -> list[Fault]:
        known = {code for code, _ in self._options()["country"]}
        in_source = {one.iso3 for one in self.practice.replications if one.origin == "published"}
        rows = [(number, row) for number, row in zip(answers.numbers, answers.rows, strict=True) if row is not None]
        named = Counter(row.country for _, row in rows)
        found = []
        for number, row in rows:
            kinds = {
                "choice": row.country not in known,
                "provider": row.country in self._providers(),
                "in_source": row.country in in_source,
                "twice": named[row.country] > 1,
            }
            kind = next((name for name, holds in kinds.items() if holds), None)
            if kind is not None:
                found.append(Fault(f"country-{number}", title_of(Replicated, "country"), kind, row=number))
        return found

    def _read_capacity(self, sent: Mapping[str, str]) -> Answers:
        answers = read_capacity(sent, self.years)
        title, changes = title_of(Institution, "institution"), self._institution_changes(answers)
        named = answers.head.institution if answers.head is not None else None
        if named is not None and named not in {one.reference for one in self._institutions()}:
            answers.faults.append(Fault("institution", title, "choice"))
        if changes and self.practice.status != "draft":
            answers.faults.append(Fault("institution", title, "fixed"))
        places = [f"{name}-{year}" for year in self.years for name in ("slots", "days")]
        if changes and any((sent.get(place) or "").strip() != self.stored.get(place, "") for place in places):
            answers.faults.append(Fault("institution", title, "one_at_a_time"))
        for year, row in zip(answers.numbers, answers.rows, strict=True):
            if row is not None and row.slots is None and year in self.capacity and not changes:
                answers.faults.append(Fault(f"slots-{year}", title_of(YearCapacity, "slots"), "say_zero", row=year))
        return answers

    def _institution_changes(self, answers: Answers) -> bool:
        if answers.head is None:
            return False
        names = ("institution", "other")
        return any((getattr(answers.head, name) or "") != self.stored.get(name, "") for name in names)

    def keep(self, who: Principal, answers: Answers) -> bool:
        """Keep the answers; whether there is more to fill in on the same step."""
        practice, stays = self.practice, False
        if self.step.name == "capacity":
            stays = bool(answers.head.institution) and self._institution_changes(answers)
            keep_institution(practice, answers.head, self._institutions())
            self.session.flush()
            if not stays and practice.institution_id is not None:
                years = dict(zip(answers.numbers, answers.rows, strict=True))
                keep_capacity(self.session, practice.institution_id, years, self.capacity)
        elif self.step.name == "replications":
            keep_replications(self.session, practice, answers.rows)
        else:
            keep_step(self.session, practice, self.step, answers)
        held = capacity_of(self.session, practice.institution_id, self.years) if self.step.name == "capacity" else {}
        after = values_of(practice, self.step, held, figure=str)
        note_saving(self.session, who, practice, self.step.name, self.before, after)
        return stays


def rows_sent(sent: Mapping[str, str]) -> int:
    """How many rows a form showed."""
    number = sent.get("rows", "")
    return min(MOST_ROWS, int(number)) if number.isdecimal() and len(number) < 4 else 0
