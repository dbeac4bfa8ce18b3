"""Reading a PDF back: its structure in reading order, and its text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, Object


@dataclass(frozen=True)
class Element:
    """A structure element: its tag, what it is in, its text, its alternative text."""

    tag: str
    within: tuple[str, ...]
    text: str
    alt: str | None
    node: Any


class Read:
    """A PDF, opened from memory."""

    def __init__(self, content: bytes) -> None:
        self.pdf = pikepdf.open(BytesIO(content))
        self._texts = {page.objgen: _marked_texts(page) for page in self.pdf.pages}

    @property
    def root(self) -> Object:
        """The catalog."""
        return self.pdf.Root

    def elements(self, tag: str | None = None) -> list[Element]:
        """The structure elements in reading order."""
        found = self._walk(self.root.StructTreeRoot.K, ())
        return [element for element in found if tag in (None, element.tag)]

    def text(self) -> str:
        """All text in reading order, an element a line."""
        leaves = (e for e in self.elements() if e.text)
        return "\n".join(element.text for element in leaves)

    def untagged(self) -> int:
        """How many text-showing operators lie outside all marked content."""
        return sum(_outside(page) for page in self.pdf.pages)

    def fonts(self) -> Iterator[Object]:
        """The font descriptors."""
        for candidate in self.pdf.objects:
            if isinstance(candidate, Dictionary) and candidate.get("/Type") == Name.FontDescriptor:
                yield candidate

    def _walk(self, node: Any, within: tuple[str, ...]) -> Iterator[Element]:
        if isinstance(node, pikepdf.Array):
            for kid in node:  # pyright: ignore[reportUnknownVariableType] - pikepdf's own stubs
                yield from self._walk(kid, within)
        elif isinstance(node, Dictionary) and "/S" in node:
            tag = str(node.S)[1:]
            alt = str(node.Alt) if "/Alt" in node else None
            yield Element(tag, within, self._own_text(node), alt, node)
            if "/K" in node:
                yield from self._walk(node.K, (*within, tag))

    def _own_text(self, node: Any) -> str:
        kids: Any = node.get("/K")
        listed: list[Any] = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
        numbers = [int(kid) for kid in listed if isinstance(kid, int)]
        if not numbers or "/Pg" not in node:
            return ""
        texts = self._texts[node.Pg.objgen]
        return "".join(texts.get(number, "") for number in numbers)


def _marked_texts(page: pikepdf.Page) -> dict[int, str]:
    """Text by the mark (MCID) it is shown in, through each font's own ToUnicode map."""
    maps = {
        str(name): _unicode_map(font)
        for name, font in dict(page.Resources.get("/Font", {})).items()
    }
    texts: dict[int, str] = {}
    font: dict[int, str] = {}
    marks: list[int | None] = []
    for operands, operator in pikepdf.parse_content_stream(page):  # pyright: ignore[reportGeneralTypeIssues]
        word = str(operator)
        if word in ("BDC", "BMC"):
            properties: Any = operands[1] if word == "BDC" else None
            has = isinstance(properties, Dictionary) and "/MCID" in properties
            marks.append(int(properties.MCID) if has else None)
        elif word == "EMC":
            marks.pop()
        elif word == "Tf":
            font = maps[str(operands[0])]
        elif word in ("Tj", "TJ"):
            shown: Any = operands[0]
            parts = shown if word == "TJ" else [shown]
            mark = next((m for m in reversed(marks) if m is not None), None)
            if mark is not None:
                text = "".join(_decoded(part, font) for part in parts)
                texts[mark] = texts.get(mark, "") + text
    return texts


def _decoded(part: Any, font: dict[int, str]) -> str:
    if not isinstance(part, pikepdf.String):
        return ""
    codes = bytes(part)
    pairs = (int.from_bytes(codes[i : i + 2]) for i in range(0, len(codes), 2))
    return "".join(font.get(code, "?") for code in pairs)


def _unicode_map(font: Any) -> dict[int, str]:
    """The `bfchar` lines of WeasyPrint's maps: "<glyph> <UTF-16>"."""
    text = font.ToUnicode.read_bytes().decode().partition("endcodespacerange")[2]
    return {
        int(glyph, 16): bytes.fromhex(letters).decode("utf-16-be")
        for glyph, letters in re.findall(r"<([0-9a-f]{4})> <([0-9a-f]+)>", text)
    }


def _outside(page: pikepdf.Page) -> int:
    depth = count = 0
    for _operands, operator in pikepdf.parse_content_stream(page):  # pyright: ignore[reportGeneralTypeIssues]
        word = str(operator)
        depth += word in ("BDC", "BMC")
        depth -= word == "EMC"
        count += word in ("Tj", "TJ") and depth == 0
    return count
