"""NYC ACRIS as a land register."""

from kordant_pipelines.domain.parcels import Parcel, Register
from kordant_pipelines.domain.title_documents import Document, DocumentKind, kind_by_words
from kordant_pipelines.providers.acris.client import AcrisClient
from kordant_pipelines.providers.acris.models import AcrisDocument
from kordant_pipelines.providers.errors import ProviderError
from kordant_pipelines.services.hometitle.acris_codes import KIND_BY_CODE
from kordant_pipelines.services.hometitle.registers import RegisterAnswer
from kordant_pipelines.services.lookups import failed


class AcrisRegister:
    """Documents recorded in New York City, by borough, block and lot."""

    def __init__(self, client: AcrisClient) -> None:
        self._client = client

    async def documents(self, parcel: Parcel) -> RegisterAnswer:
        """See `LandRegister`."""
        try:
            found = await self._client.documents(*parcel.bbl)
            documents = [await self._document(one) for one in found]
            good_through = await self._client.good_through()
        except ProviderError as error:
            raise failed(error) from None
        return RegisterAnswer(documents, good_through)

    async def _document(self, found: AcrisDocument) -> Document:
        kind, label = DocumentKind.UNRECOGNISED, "Document not described yet"
        if found.master is not None:
            code = found.master.doc_type
            kind = KIND_BY_CODE.get(code, DocumentKind.UNRECOGNISED)
            label = f"{kind.value.replace('_', ' ').capitalize()} ({code})"
            if kind is DocumentKind.UNRECOGNISED:
                label = await self._client.description(code) or code
                kind = kind_by_words(label)
        return Document(
            source=Register.NYC_ACRIS,
            number=found.document_id,
            kind=kind,
            label=label,
            recorded_on=found.master.recorded_datetime if found.master else None,
            # ACRIS writes 0 where no price is stated as well as where there was none.
            amount=found.master.document_amt if found.master else None,
            grantors=found.grantors,
            grantees=found.grantees,
            good_through=found.good_through,
        )
