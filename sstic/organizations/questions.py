"""The five questions of a verification, and what their answers come to.

Questions and rule are the house's own. They ask what organizations of the United Nations ask of a partner before they
work with it: does it exist in law, who owns it, can it carry its part, did it do harm, can it do the work.

The rule: **failed** where existence or integrity is answered no; else **passed** where all five are answered yes;
else **conditional**. An unknown is neither a yes nor a no, so it never passes and never fails. A verification
expires after five years.
"""

from collections.abc import Mapping
from datetime import date

QUESTIONS = ("existence", "ownership", "finances", "integrity", "capacity")
ANSWERS = ("yes", "no", "unknown")
# A no to one of these cannot be made good by the others.
DECISIVE = ("existence", "integrity")
YEARS_VALID = 5


def result_of(answers: Mapping[str, str]) -> str:
    """What the answers to the five questions come to.

    Examples
    --------
    >>> result_of(dict.fromkeys(QUESTIONS, "yes"))
    'passed'
    >>> result_of({**dict.fromkeys(QUESTIONS, "yes"), "finances": "no"})
    'conditional'
    >>> result_of({**dict.fromkeys(QUESTIONS, "unknown"), "integrity": "no"})
    'failed'
    """
    if any(answers[question] == "no" for question in DECISIVE):
        return "failed"
    return "passed" if all(answers[question] == "yes" for question in QUESTIONS) else "conditional"


def expires_on(verified_on: date) -> date:
    """The first day on which a verification is not valid any more.

    Examples
    --------
    >>> expires_on(date(2028, 2, 29))
    datetime.date(2033, 3, 1)
    """
    year = verified_on.year + YEARS_VALID
    try:
        return verified_on.replace(year=year)
    except ValueError:  # the 29th of February
        return date(year, 3, 1)
