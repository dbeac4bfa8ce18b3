"""A name taken apart into what counts when two are compared, and what every clerk writes anew."""

import re
import unicodedata
from dataclasses import dataclass

_FORMS = {
    **{f: f for f in ("LLC", "LLP", "LP", "LTD", "INC", "CORP", "CO", "NA", "PC", "PLLC", "FSB")},
    "INCORPORATED": "INC",
    "CORPORATION": "CORP",
    "COMPANY": "CO",
    "LIMITED": "LTD",
    "LC": "LLC",
}
_SPELT_OUT = (
    (r"\bNATIONAL ASSOCIATION\b", "NA"),
    (r"\bLIMITED LIABILITY COMPANY\b", "LLC"),
    (r"\bL L C\b", "LLC"),
    (r"\bN A\b", "NA"),
    (r"\bF S B\b", "FSB"),
    (r"\bU T A\b", "UTA"),
    (r"\bET (AL|UX|VIR)\b", ""),
)
COMPANY_WORDS = frozenset(
    {
        *("ASSOCIATES", "BANK", "BANCORP", "CAPITAL", "CREDIT", "ENTERPRISES", "EQUITIES"),
        *("FINANCE", "FINANCIAL", "FUNDING", "GROUP", "HOLDINGS", "HOMES", "INVESTMENTS"),
        *("LENDING", "LOANS", "MANAGEMENT", "MORTGAGE", "PARTNERS", "PROPERTIES", "REALTY"),
        *("SAVINGS", "SERVICES", "SOLUTIONS", "UNION", "VENTURES"),
    }
)
_TRUST = frozenset({"TRUST", "TRUSTEE", "TRUSTEES", "TTEE", "TRS"})
_OF_TRUSTS = frozenset(
    {
        *("AGREEMENT", "DATED", "DTD", "FAMILY", "IRREVOCABLE", "LIVING", "REV", "REVOCABLE"),
        *("NO", "NUMBER", "SUCCESSOR", "UA", "UDT", "UTA", "UTD"),
    }
)
_KINDS_OF_TRUST = {
    **{one: one for one in ("FAMILY", "IRREVOCABLE", "LIVING", "REVOCABLE")},
    "REV": "REVOCABLE",
}
_ESTATE = frozenset({"ESTATE", "EXECUTOR", "EXECUTRIX", "ADMINISTRATOR", "ADMINISTRATRIX"})
_GENERATIONS = {
    **{one: one for one in ("JR", "SR", "II", "III", "IV")},
    "2ND": "II",
    "3RD": "III",
    "4TH": "IV",
}
_SURNAMES_TOO = frozenset({"AS", "DR", "TO"})  # fillers that are somebody's surname
_FILLER = frozenset(
    {
        *("AND", "AS", "DR", "ESQ", "ETAL", "ETUX", "HUSBAND", "INDIVIDUALLY", "MD", "MR", "MRS"),
        *("MS", "OF", "PHD", "THE", "TO", "WIFE"),
    }
)
_LETTERS = str.maketrans(
    {"Ł": "L", "Ø": "O", "Đ": "D", "Ð": "D", "Æ": "AE", "Œ": "OE", "Þ": "TH", "\u0131": "I"}
)
"""Latin letters that Unicode does not take apart into a plain one and a mark."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart.

    `surname` is right where its place in the spelling gives it away, `family` are the words before
    a comma. `numbers` and `described` tell one trust from another: its number or date, its kind.
    """

    core: tuple[str, ...]
    forms: frozenset[str]
    generation: str | None
    trust: bool
    estate: bool
    surname: str | None
    family: frozenset[str]
    numbers: frozenset[str]
    described: frozenset[str]

    @property
    def company(self) -> bool:
        """Whether it is a company's, by its legal form or its words."""
        return bool(self.forms) or bool(COMPANY_WORDS & set(self.core))

    @property
    def text(self) -> str:
        """Its words in alphabetical order."""
        return " ".join(sorted(self.core))


def take_apart(raw: str) -> Name:
    """Take a name apart, in whatever spelling."""
    text = unicodedata.normalize("NFKD", raw.casefold().upper()).translate(_LETTERS)
    text = "".join(c for c in text if not unicodedata.combining(c))
    before_comma = re.match(r"\s*([A-Z'\u2019 -]+?)\s*,\s*[A-Z]", text)
    family = re.sub(r"['\u2019]", "", before_comma[1]).replace("-", " ") if before_comma else ""
    text = re.sub(r"[.'\u2019]", "", text)
    text = " ".join(re.sub(r"[^A-Z0-9]+", " ", text).split())
    for pattern, short in _SPELT_OUT:
        text = re.sub(pattern, short, text)
    words = text.split()
    forms = frozenset(_FORMS[w] for w in words if w in _FORMS)
    trust = bool(_TRUST & set(words))
    left_out = _FILLER | _TRUST | _ESTATE | _GENERATIONS.keys() | _FORMS.keys()
    core = [w for w in words if w not in left_out]
    if len(core) < 2:
        core = [w for w in words if w not in left_out or w in _SURNAMES_TOO]
    numbers = frozenset(w for w in words if w.isdigit()) if trust else frozenset[str]()
    if trust:
        core = [w for w in core if w not in _OF_TRUSTS and w not in numbers]
    return Name(
        core=tuple(core),
        forms=forms,
        generation=next((_GENERATIONS[w] for w in words if w in _GENERATIONS), None),
        trust=trust,
        estate=bool(_ESTATE & set(words)),
        # Before the comma, else the last: right for "Ada Lovelace", a guess elsewhere.
        surname=next(reversed(family.split() or core), None),
        family=frozenset(family.split()),
        numbers=numbers,
        described=frozenset(_KINDS_OF_TRUST[w] for w in words if w in _KINDS_OF_TRUST),
    )
