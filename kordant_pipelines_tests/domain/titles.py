"""Documents as tests make them."""

from datetime import date

from kordant_pipelines.domain.parcels import Register
from kordant_pipelines.domain.title_documents import Document, DocumentKind
from kordant_pipelines.domain.title_judgement import Parties

DAY = date(2026, 11, 2)
OWNED = Parties(owners=("Ada Lovelace",), lenders=("Harbor Savings Bank",))


def document(kind: DocumentKind | str, number: str = "1", **fields: object) -> Document:
    """A document of Ada's house, recorded on `DAY` unless said otherwise."""
    known: dict[str, object] = {
        "source": Register.NYC_ACRIS,
        "number": number,
        "kind": kind,
        "label": str(kind).upper(),
        "recorded_on": DAY,
    }
    return Document.model_validate(known | fields)


def mortgage(number: str = "1", lender: str = "LAKE CREDIT UNION", **fields: object) -> Document:
    """A mortgage that Ada takes."""
    return document(
        DocumentKind.MORTGAGE,
        number,
        grantors=("LOVELACE, ADA",),
        grantees=(lender,),
        **fields,
    )
