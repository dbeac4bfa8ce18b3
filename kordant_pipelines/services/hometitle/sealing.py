"""How a property's facts are written and read: the columns they are bound to, and their forms."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from kordant_pipelines.domain.parcels import Parcel
from kordant_pipelines.domain.title_alerts import TitleFacts
from kordant_pipelines.domain.title_documents import Document
from kordant_pipelines.domain.title_judgement import Compared, Parties
from kordant_pipelines.security.blind_index import BlindIndex
from kordant_pipelines.security.vault import UserCipher
from kordant_pipelines.storage.models import PropertyDocumentRow, PropertyRow

PARCEL_COLUMN = "properties.parcel"
PARTIES_COLUMN = "properties.parties"
DOCUMENT_COLUMN = "property_documents.facts"
COMPARED_COLUMN = "property_documents.compared"
NUMBER_COLUMN = "property_documents.number"

TITLE_FACTS = TypeAdapter(tuple[TitleFacts, ...])
_PARTIES = TypeAdapter(Parties)
_COMPARED = TypeAdapter(tuple[Compared, ...])


def parcel_index(index: BlindIndex, parcel: Parcel) -> bytes:
    """By which a property is found again; the county is part of it."""
    return index.digest(PARCEL_COLUMN, f"{parcel.county}\x1f{parcel.key}")


def number_index(index: BlindIndex, document: Document) -> bytes:
    """By which a document is found again."""
    return index.digest(NUMBER_COLUMN, document.number)


def seal_parcel(cipher: UserCipher, parcel: Parcel) -> bytes:
    """The parcel's key, encrypted."""
    return cipher.encrypt(parcel.key, PARCEL_COLUMN)


def open_parcel(cipher: UserCipher, row: PropertyRow) -> Parcel:
    """A property's parcel, in plain."""
    return Parcel(row.county, cipher.decrypt(row.parcel_sealed, PARCEL_COLUMN))


def seal_parties(cipher: UserCipher, parties: Parties) -> bytes:
    """The known owners and lenders, encrypted."""
    return cipher.encrypt(_PARTIES.dump_json(parties).decode(), PARTIES_COLUMN)


def open_parties(cipher: UserCipher, row: PropertyRow) -> Parties:
    """A property's known owners and lenders, in plain."""
    return _PARTIES.validate_json(cipher.decrypt(row.parties_sealed, PARTIES_COLUMN))


def seal_document(cipher: UserCipher, document: Document) -> bytes:
    """A document's facts, encrypted."""
    return cipher.encrypt(document.model_dump_json(), DOCUMENT_COLUMN)


def open_document(cipher: UserCipher, row: PropertyDocumentRow) -> Document:
    """A document's facts, in plain."""
    return Document.model_validate_json(cipher.decrypt(row.facts_sealed, DOCUMENT_COLUMN))


def seal_compared(cipher: UserCipher, compared: Sequence[Compared]) -> bytes:
    """The names a judgement compared, and why they were taken for the same or not, encrypted."""
    return cipher.encrypt(_COMPARED.dump_json(tuple(compared)).decode(), COMPARED_COLUMN)


def open_compared(cipher: UserCipher, row: PropertyDocumentRow) -> tuple[Compared, ...]:
    """What a judgement compared, in plain."""
    if row.compared_sealed is None:
        return ()
    return _COMPARED.validate_json(cipher.decrypt(row.compared_sealed, COMPARED_COLUMN))
