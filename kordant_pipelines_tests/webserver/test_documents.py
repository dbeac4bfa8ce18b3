"""The panel's documents fit the schema, and the schema is documented."""

from importlib.resources import files

import pytest
from dagster_graphql.schema import create_schema
from graphql import build_schema as parsed_schema
from graphql import find_breaking_changes, parse, validate

from kordant_pipelines.orchestration.web.operations import judge
from kordant_pipelines.orchestration.web.schema.build import build_schema

FOLDER = files("kordant_pipelines.cli").joinpath("graphql")
DOCUMENTS = {entry.name: entry.read_text() for entry in FOLDER.iterdir()}
OURS = ("runJobNow", "cancelJob", "retryJob", "replayDeadLetters")


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_a_document_is_valid(name: str) -> None:
    assert validate(build_schema().graphql_schema, parse(DOCUMENTS[name])) == []
    judge(DOCUMENTS[name])


def test_every_field_of_the_admins_has_a_document() -> None:
    fields = {field for text in DOCUMENTS.values() for field in judge(text).fields}
    assert fields >= {*OURS, "jobStatus", "jobs", "deadLetters", "queueHealth", "schedules"}


def test_nothing_of_dagsters_own_schema_is_missing_or_changed() -> None:
    stock, ours = (parsed_schema(str(schema)) for schema in (create_schema(), build_schema()))
    assert find_breaking_changes(stock, ours) == []


def test_what_is_ours_is_described() -> None:
    schema, stock = build_schema().graphql_schema, create_schema().graphql_schema
    for name, kind in schema.type_map.items():
        assert name in stock.type_map or kind.description, name
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    for name in OURS:
        assert schema.mutation_type.fields[name].description, name
    for name in ("jobStatus", "jobs", "deadLetters", "queueHealth", "schedules"):
        assert schema.query_type.fields[name].description, name
