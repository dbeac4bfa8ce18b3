"""Judging a GraphQL document before it runs: what kind it is, and whether it is too much."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)

MAX_BYTES = 200_000
MAX_TOKENS = 20_000
MAX_DEPTH = 25
MAX_FIELDS = 10_000
"""Of 40 documents that the stock UI sent for its main pages the largest was 8 deep, 172 fields;
the introspection query that tools send is 15 deep."""


class Refused(Exception):
    """The document will not be run; `status` is HTTP's."""

    def __init__(self, status: int, told: str) -> None:
        self.status = status
        super().__init__(told)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a document would do: its kind, and the names of its top-level fields."""

    kind: OperationType
    fields: tuple[str, ...]

    @property
    def is_mutation(self) -> bool:
        """Whether it may change anything."""
        return self.kind is OperationType.MUTATION


def judge(query: object, operation_name: object = None) -> Operation:
    """The operation that would run.

    Raises:
        Refused: it is too large or deep, cannot be read, or does not say which operation it means.
    """
    if not isinstance(query, str):
        raise Refused(400, "`query` must be a string.")
    if len(query.encode()) > MAX_BYTES:
        raise Refused(413, f"The document is over {MAX_BYTES} bytes.")
    try:
        document = parse(query, no_location=True, max_tokens=MAX_TOKENS)
    except (GraphQLError, RecursionError) as error:
        raise Refused(400, f"The document cannot be read: {error}") from None
    try:
        _Measure(document).check()
    except RecursionError:
        raise Refused(400, f"The query is over {MAX_DEPTH} levels deep.") from None
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if operation_name:
        operations = [o for o in operations if o.name and o.name.value == operation_name]
    if len(operations) != 1:
        raise Refused(400, "`operationName` must name one operation of the document.")
    fields = _names(operations[0].selection_set, _fragments(document), frozenset())
    return Operation(operations[0].operation, tuple(sorted(set(fields))))


class _Measure:
    """Depth and number of fields with every fragment put in, without putting any in twice."""

    def __init__(self, document: DocumentNode) -> None:
        self._document = document
        self._fragments = _fragments(document)
        self._known: dict[str, tuple[int, int]] = {}

    def check(self) -> None:
        """Raise Refused if any operation is too much."""
        for definition in self._document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                depth, fields = self._of(definition.selection_set, ())
                if depth > MAX_DEPTH:
                    raise Refused(400, f"The query is over {MAX_DEPTH} levels deep.")
                if fields > MAX_FIELDS:
                    raise Refused(400, f"The query asks for over {MAX_FIELDS} fields.")

    def _of(self, selections: SelectionSetNode | None, within: tuple[str, ...]) -> tuple[int, int]:
        depth = fields = 0
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                below, more = self._of(selection.selection_set, within)
                below, more = below + 1, more + 1
            elif isinstance(selection, InlineFragmentNode):
                below, more = self._of(selection.selection_set, within)
            elif isinstance(selection, FragmentSpreadNode):
                below, more = self._fragment(selection.name.value, within)
            else:
                continue
            depth, fields = max(depth, below), fields + more
        return depth, fields

    def _fragment(self, name: str, within: tuple[str, ...]) -> tuple[int, int]:
        fragment = self._fragments.get(name)
        if fragment is None or name in within:  # validation tells of both in words
            return 0, 0
        if name not in self._known:
            self._known[name] = self._of(fragment.selection_set, (*within, name))
        return self._known[name]


def _fragments(document: DocumentNode) -> Mapping[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def _names(
    selections: SelectionSetNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    within: frozenset[str],
) -> list[str]:
    names: list[str] = []
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            names.append(selection.name.value)
        elif isinstance(selection, InlineFragmentNode):
            names += _names(selection.selection_set, fragments, within)
        elif isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name in fragments and name not in within:
                names += _names(fragments[name].selection_set, fragments, within | {name})
    return names
