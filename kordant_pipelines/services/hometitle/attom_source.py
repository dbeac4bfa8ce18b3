"""ATTOM as a land register: transfers, the present owner, and the mortgages it knows of."""

from collections.abc import Iterator

from kordant_pipelines.domain.parcels import Parcel, Register
from kordant_pipelines.domain.title_documents import Document, DocumentKind, kind_by_words
from kordant_pipelines.providers.attom.client import AttomClient
from kordant_pipelines.providers.attom.models import AttomDetail, AttomMortgage, AttomSale
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.services.hometitle.registers import ParcelUnknown, RegisterAnswer
from kordant_pipelines.services.lookups import failed


class AttomRegister:
    """Properties anywhere in the United States, by address."""

    def __init__(self, client: AttomClient) -> None:
        self._client = client

    async def documents(self, parcel: Parcel) -> RegisterAnswer:
        """See `LandRegister`."""
        street, city = parcel.address
        try:
            detail = await self._client.detail(street, city)
            if detail is None:
                raise ParcelUnknown
            sales = await self._client.sales(street, city)
        except ProviderError as error:
            raise failed(error) from None
        documents = [*(_sale(sale) for sale in sales), *_of_detail(detail)]
        vintage = detail.vintage
        good_through = (vintage.pubdate or vintage.lastmodified) if vintage else None
        return RegisterAnswer(documents, good_through)


def _sale(sale: AttomSale) -> Document:
    amount = sale.amount
    label = sale.deedtype or amount.saledoctype or amount.saletranstype or "Deed"
    kind = kind_by_words(label)
    recorded = amount.salerecdate or sale.saletransdate
    return Document(
        source=Register.ATTOM,
        number=amount.saledocnum or f"~sale {recorded} {amount.saleamt}",
        # A sale history holds transfers alone, whatever their deeds are called.
        kind=DocumentKind.QUITCLAIM if kind is DocumentKind.QUITCLAIM else DocumentKind.DEED,
        label=label,
        recorded_on=recorded,
        amount=amount.saleamt,
        grantors=(sale.sellername,) if sale.sellername else (),
        grantees=(sale.buyername,) if sale.buyername else (),
    )


def _of_detail(detail: AttomDetail) -> Iterator[Document]:
    owners = detail.owner.names
    if owners:
        yield Document(
            source=Register.ATTOM,
            number=f"~owner {' / '.join(sorted(owners))}",
            kind=DocumentKind.OWNER_OF_RECORD,
            label="Owner of record",
            grantees=owners,
        )
    yield from (_mortgage(one, owners) for one in detail.mortgage if one.amount or one.date)


def _mortgage(mortgage: AttomMortgage, owners: tuple[str, ...]) -> Document:
    lender = mortgage.lender.name or mortgage.lender.lastname if mortgage.lender else ""
    return Document(
        source=Register.ATTOM,
        number=mortgage.docnumber or f"~mortgage {mortgage.date} {mortgage.amount} {lender}",
        kind=DocumentKind.MORTGAGE,
        label="Mortgage",
        recorded_on=mortgage.date,
        amount=mortgage.amount,
        grantors=owners,
        grantees=(lender,) if lender else (),
    )
