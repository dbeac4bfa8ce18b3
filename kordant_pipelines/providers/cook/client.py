"""The Cook County client: the sales of a parcel."""

from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from kordant_pipelines.providers.soda.client import SodaClient
from kordant_pipelines.providers.soda.fields import Day, Dollars, OptionalText, Text

PROVIDER: Final = "cook"

SALES: Final = "wvhk-k5uv"

_COLUMNS: Final = (
    "row_id",
    "pin",
    "doc_no",
    "sale_date",
    "sale_price",
    "deed_type",
    "seller_name",
    "buyer_name",
)


class CookSale(BaseModel):
    """A sale. `doc_no` is the County Clerk's number, `deed_type` such as "Quit claim"."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    row_id: Text
    pin: Text
    doc_no: OptionalText = ""
    sale_date: Day = None
    sale_price: Dollars = None
    deed_type: OptionalText = ""
    seller_name: OptionalText = ""
    buyer_name: OptionalText = ""


_SALES: Final = TypeAdapter(list[CookSale])


class CookClient:
    """The sales data set over an open `SodaClient` of its portal's `/resource`."""

    def __init__(self, soda: SodaClient) -> None:
        self._soda = soda

    async def sales(self, pin: str) -> list[CookSale]:
        """Every sale of a parcel, `pin` in 14 digits.

        The Assessor flags sales that say nothing of a parcel's value (`sale_filter_…`): under
        $10,000, by quitclaim, or soon after another. They are not left out here, for a forged deed
        is all three.

        Raises:
            ProviderError: the portal did not answer in full; none means that it has none.
        """
        return await self._soda.select(SALES, _SALES, _COLUMNS, {"pin": pin})

    async def good_through(self) -> date | None:
        """The day of the latest sale in the data set."""
        return await self._soda.newest(SALES, "sale_date")
