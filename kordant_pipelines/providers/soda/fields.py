"""SODA's values, which are all strings, and whose keys are left out where there is none."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from kordant_pipelines.providers.partial import lenient_date, printable

Text = Annotated[str, Field(min_length=1), AfterValidator(printable)]
OptionalText = Annotated[str, AfterValidator(printable)]
Day = Annotated[date | None, BeforeValidator(lenient_date)]
"""A day of a "floating timestamp" such as 2024-01-05T00:00:00.000; None where it is none."""


def _dollars(raw: Any) -> Any:
    return int(Decimal(raw)) if isinstance(raw, str) and raw.strip() else raw


Dollars = Annotated[int | None, BeforeValidator(_dollars)]
