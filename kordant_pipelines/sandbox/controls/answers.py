"""Reads a control request and words its refusals; never repeats a value, only names its field."""

from collections.abc import Awaitable, Callable
from json import JSONDecodeError
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Handler = Callable[[Request], Awaitable[Response]]
ShapeT = TypeVar("ShapeT", bound=BaseModel)


class RefusedError(Exception):
    """A control request that cannot be done: its status and what to say."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read(request: Request, shape: type[ShapeT]) -> ShapeT:
    """The request's JSON in the given shape; RefusedError 422 naming the field otherwise."""
    try:
        return shape.model_validate(await read_json(request))
    except ValidationError as wrong:
        raise RefusedError(422, named_fields(wrong)) from None


async def read_json(request: Request) -> object:
    """The request's JSON; RefusedError 422 when it is none."""
    try:
        return await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raise RefusedError(422, "body: it must be JSON") from None


def named_fields(wrong: ValidationError, prefix: tuple[str, ...] = ()) -> str:
    """What is wrong with each field, one clause each."""
    return "; ".join(
        f"{'.'.join(map(str, (*prefix, *error['loc']))) or 'body'}: {error['msg']}"
        for error in wrong.errors(include_input=False, include_url=False)
    )


def refusing(handler: Handler) -> Handler:
    """The handler with its refusals turned into answers of `{error}`."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except RefusedError as refused:
            return JSONResponse({"error": str(refused)}, status_code=refused.status)

    return answer
