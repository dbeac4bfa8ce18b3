"""Cook County's sales as a land register: deeds only."""

from kordant_pipelines.domain.parcels import Parcel, Register
from kordant_pipelines.domain.title_documents import Document, DocumentKind, kind_by_words
from kordant_pipelines.providers.cook.client import CookClient, CookSale
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.services.hometitle.registers import RegisterAnswer
from kordant_pipelines.services.lookups import failed


class CookRegister:
    """Sales of parcels in Cook County, by PIN."""

    def __init__(self, client: CookClient) -> None:
        self._client = client

    async def documents(self, parcel: Parcel) -> RegisterAnswer:
        """See `LandRegister`."""
        try:
            sales = await self._client.sales(parcel.key)
            good_through = await self._client.good_through()
        except ProviderError as error:
            raise failed(error) from None
        return RegisterAnswer([_document(sale) for sale in sales], good_through)


def _document(sale: CookSale) -> Document:
    kind = kind_by_words(sale.deed_type)
    return Document(
        source=Register.COOK_SALES,
        number=sale.doc_no or sale.row_id,
        # The data set holds transfers alone, whatever its deed types are called.
        kind=DocumentKind.QUITCLAIM if kind is DocumentKind.QUITCLAIM else DocumentKind.DEED,
        label=f"{sale.deed_type} deed" if sale.deed_type else "Deed",
        recorded_on=sale.sale_date,
        amount=sale.sale_price,
        grantors=(sale.seller_name,) if sale.seller_name else (),
        grantees=(sale.buyer_name,) if sale.buyer_name else (),
    )
