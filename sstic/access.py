"""Who may use a page or an endpoint. Every router names one of these; a test fails for a route that names none."""

from fastapi import Depends


def anyone() -> None:
    """Public reading of published data: no account is asked for."""


PUBLIC = [Depends(anyone)]
