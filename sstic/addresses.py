"""The parts of an address that name a row, and the session that reads or writes it."""

from typing import Annotated

from fastapi import Depends, Path
from sqlalchemy.orm import Session

from sstic.database import one_reading, one_transaction

Reading = Annotated[Session, Depends(one_reading)]
# Without this scope a commit that fails would be answered as success.
Writing = Annotated[Session, Depends(one_transaction, scope="function")]
Reference = Annotated[
    str, Path(max_length=20, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="The reference, as in `N-001`.")
]
OrganizationReference = Annotated[
    str, Path(max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="The reference of an organization.")
]
Iso3 = Annotated[str, Path(pattern=r"^[A-Z]{3}$", description="ISO 3166-1 alpha-3, in capitals.")]
RowId = Annotated[int, Path(ge=1, le=2_147_483_647, description="The number.")]
