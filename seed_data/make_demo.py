"""Write the demo_*.csv files: people and their posts, slots of providers, capacities of ITPO offices, deals a year.

No source states these figures, so they are made up, and every row says so. The same seed gives the same files::

    python seed_data/make_demo.py
"""

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SEED = 20261124
YEARS = (2026, 2027, 2028)
POSTS_BEGIN = "2026-11-25"

# Who leads an organization may invite colleagues.
LEADS = ("approver", "itpo_officer", "donor_officer")

Row = dict[str, str | int]


def read(name: str) -> list[dict[str, str]]:
    """The rows of a seed file."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write(name: str, rows: Sequence[Row]) -> None:
    """Replace a demo file."""
    with (FOLDER / name).open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def user(role: str, title: str, place: str, address: str, organization: str) -> Row:
    """A plainly fictitious person."""
    return {
        "email": f"{role.replace('_', '-')}.{address.lower()[:45].strip('-')}@example.org",
        "name": f"Demo {title} ({place})",
        "role": role,
        "organization": organization,
        "is_lead": "yes" if role in LEADS else "no",
        "from_on": POSTS_BEGIN,
        "is_demo": "yes",
    }


def users(countries: Mapping[str, str], organizations: Sequence[Mapping[str, str]]) -> Iterator[Row]:
    """A focal point and an approver for each country at hand, one person per office and donor, UNIDO's own."""
    holders: dict[str, dict[str, str]] = {"government": {}, "provider_institution": {}}
    for one in organizations:
        for role, found in holders.items():
            if role in one["roles"].split(";") and one["country_iso3"]:
                found.setdefault(one["country_iso3"], one["reference"])
    at_home = {**holders["provider_institution"], **holders["government"]}
    for iso3, reference in sorted(at_home.items()):
        yield user("focal_point", "Focal Point", countries[iso3], iso3, reference)
        yield user("approver", "Approver", countries[iso3], iso3, reference)
    for one in organizations:
        roles = one["roles"].split(";")
        if "itpo_office" in roles:
            yield user("itpo_officer", "ITPO Officer", one["name"], one["reference"], one["reference"])
        if "donor" in roles:
            yield user("donor_officer", "Donor Officer", one["name"], one["reference"], one["reference"])
        if "coordinator" in roles:
            for number in (1, 2):
                yield user("coordinator", f"Coordinator {number}", "UNIDO", str(number), one["reference"])
            for role in ("reviewer", "auditor", "administrator"):
                yield user(role, role.capitalize(), "UNIDO", "1", one["reference"])


def capabilities(practices: Sequence[Mapping[str, str]], dice: random.Random) -> Iterator[Row]:
    """Projects that a provider institution, or a provider country as a whole, can take on in a year."""
    institutions = sorted({one["institution"] for one in practices} - {""})
    countries = sorted({iso3 for one in practices for iso3 in one["providers"].split(";")} - {""})
    holders = [(name, "", (1, 3)) for name in institutions] + [("", iso3, (2, 8)) for iso3 in countries]
    for institution, country, (least, most) in holders:
        slots = dice.randint(least, most)
        days = slots * dice.randrange(20, 61, 5)
        for year in YEARS:
            yield {
                "institution": institution,
                "country_iso3": country,
                "year": year,
                "slots_per_year": slots,
                "expert_days_per_year": days,
                "is_demo": "yes",
            }


def main() -> None:
    """Write the files."""
    dice = random.Random(SEED)  # noqa: S311  # made-up figures guard no secret
    countries = {row["iso3"]: row["name_en"] for row in read("countries.csv")}
    people = list(users(countries, read("organizations.csv")))
    write("demo_users.csv", [{name: one[name] for name in ("email", "name", "is_demo")} for one in people])
    posts = ("email", "organization", "role", "is_lead", "from_on")
    write("demo_posts.csv", [{name: one[name] for name in posts} for one in people])
    write("demo_capabilities.csv", list(capabilities(read("good_practices.csv"), dice)))
    offices = sorted(row["reference"] for row in read("itpo_offices.csv"))
    write(
        "demo_itpo_capacity.csv",
        [{"reference": one, "case_capacity": dice.randint(3, 8), "capacity_is_demo": "yes"} for one in offices],
    )
    investors = sorted(row["investor"] for row in read("mandates.csv"))
    write(
        "demo_mandates.csv",
        [{"investor": one, "deals_per_year": dice.randint(1, 3), "deals_are_demo": "yes"} for one in investors],
    )


if __name__ == "__main__":
    main()
