"""Philadelphia's transfers as a land register."""

from kordant_pipelines.domain.parcels import Parcel, Register
from kordant_pipelines.domain.title_documents import Document, DocumentKind, kind_by_words
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.providers.philadelphia.client import (
    PhiladelphiaClient,
    PhiladelphiaTransfer,
)
from kordant_pipelines.services.hometitle.registers import RegisterAnswer
from kordant_pipelines.services.lookups import failed


class PhiladelphiaRegister:
    """Deeds and mortgages recorded in Philadelphia, by OPA number."""

    def __init__(self, client: PhiladelphiaClient) -> None:
        self._client = client

    async def documents(self, parcel: Parcel) -> RegisterAnswer:
        """See `LandRegister`."""
        try:
            transfers = await self._client.transfers(parcel.key)
            good_through = await self._client.good_through()
        except ProviderError as error:
            raise failed(error) from None
        return RegisterAnswer([_document(one) for one in transfers], good_through)


def _document(transfer: PhiladelphiaTransfer) -> Document:
    label = transfer.document_type
    return Document(
        source=Register.PHILADELPHIA_TRANSFERS,
        number=transfer.document_id,
        kind=kind_by_words(label) if label else DocumentKind.UNRECOGNISED,
        label=label or "Document not described yet",
        recorded_on=transfer.recording_date,
        amount=transfer.total_consideration,
        grantors=transfer.grantors,
        grantees=transfer.grantees,
    )
