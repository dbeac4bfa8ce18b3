"""ACRIS's document codes by what they mean to an owner.

Source: ACRIS Document Control Codes (data set 7isb-wh4c), as third parties list them. What is
neither here nor told by the words of its description is unrecognised, and asked about.
"""

from collections.abc import Mapping

from kordant_pipelines.domain.title_documents import DocumentKind

_CODES: Mapping[DocumentKind, tuple[str, ...]] = {
    DocumentKind.DEED: (
        *("DEED", "DEEDO", "DEEDP", "DEED, LE", "DEED, RC", "DEED, TS", "IDED", "REIT", "TODD"),
        *("ASTU", "LTPA"),
    ),
    DocumentKind.CORRECTION_DEED: ("CONDEED", "CORRD", "DEED COR", "CORR, LE"),
    DocumentKind.MORTGAGE: ("MTGE", "M&CON", "CMTG", "SMTG"),
    DocumentKind.MORTGAGE_ASSIGNMENT: ("ASST",),
    DocumentKind.MORTGAGE_CHANGE: (
        *("AGMT", "ASPM", "CORRM", "DEMM", "SPRD", "SUBM", "MMTG", "AL&R", "AALR", "AMTX", "CERR"),
    ),
    DocumentKind.SATISFACTION: ("SAT",),
    DocumentKind.LIEN_RELEASE: (
        *("PSAT", "PREL", "REL", "RFL", "RFTL", "PRFL", "WFL", "PWFL", "DPFTL", "NAFTL", "DTL"),
        *("RTXL", "TOLCC", "CALR", "TL&R"),
    ),
    DocumentKind.JUDGMENT: ("JUDG", "CTOR", "DCTO"),
    DocumentKind.FEDERAL_LIEN: ("FL", "FTL", "CNFL", "AMFL", "RCRFL", "PRCFL"),
    DocumentKind.TAX_LIEN: ("TLS", "ATL", "AMTL", "NTXL"),
    DocumentKind.OTHER_LIEN: ("LOCC", "VAC", "NAPP", "CODP", "WSAT"),
    DocumentKind.POWER_OF_ATTORNEY: ("PAT",),
    DocumentKind.SALE_CONTRACT: ("CNTR", "MCON", "ACON"),
    DocumentKind.OTHER: (
        *("RPTT", "RETT", "RPTT&RET", "RPAT", "RTOD", "WILL", "MISC", "SMIS", "SAGE", "LDMK"),
        *("ZONE", "MAPS", "ADEC", "CDEC", "SCDEC", "TERDECL", "MERG", "DECM", "CERT", "DECL"),
        *("CONS", "RESO", "BOND", "LIC", "STP", "ASSTO", "LEAS", "MLEA", "SUBL", "TERL", "TERA"),
        *("TERT", "CORR", "ESRM", "ESTL", "EASE", "AIRRIGHT", "DEVR", "TORREN", "SI CORR"),
        *("APPRT", "XXXX", "UCC1", "UCC3", "INIT", "INIC", "AMND", "ASGN", "CONT", "TERM", "RLSE"),
        *("PSGN", "SUBO", "ASUM", "BRUP", "CORP", "UCC ADEN"),
    ),
}

KIND_BY_CODE: Mapping[str, DocumentKind] = {
    code: kind for kind, codes in _CODES.items() for code in codes
}
