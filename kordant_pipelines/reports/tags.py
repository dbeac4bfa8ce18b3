"""What WeasyPrint's tags leave out: which way a table's headers point.

It links each cell to its headers by id; PDF/UA-1 (7.5) also knows a header's scope, which readers
that do not follow the links go by.
"""

from typing import Any

import pydyf


def scope_headers(document: object, pdf: pydyf.PDF) -> None:
    """Give every table header its scope: that of a column in the head of a table, else of a row.

    A finisher for `write_pdf`.
    """
    del document
    objects: list[Any] = pdf.objects
    elements = [o for o in objects if isinstance(o, pydyf.Dictionary) and "S" in o]
    by_reference = {element.reference: element for element in elements}
    for element in elements:
        if element["S"] == "/TH":
            row = by_reference[element["P"]]
            group = by_reference[row["P"]]
            element["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"
