"""The whole schema: Dagster's, extended."""

from functools import cache

import graphene
from dagster_graphql.schema import types
from dagster_graphql.schema.roots.subscription import GrapheneSubscription

from kordant_pipelines.orchestration.web.schema.mutation import KordantMutation
from kordant_pipelines.orchestration.web.schema.query import KordantQuery


@cache
def build_schema() -> graphene.Schema:
    """Everything the stock UI asks for, and the admin's part; built once, in a second or two."""
    return graphene.Schema(
        query=KordantQuery,
        mutation=KordantMutation,
        subscription=GrapheneSubscription,
        types=types(),
    )
