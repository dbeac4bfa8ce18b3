"""Reads query parameters as the real service does: names in any case, booleans spelled out."""

from starlette.requests import Request


class BadParameterError(Exception):
    """A query parameter is not of its type; the message is fit for the caller."""


def text(request: Request, name: str) -> str | None:
    """The parameter's value, or None when it is absent or empty."""
    for key, value in request.query_params.multi_items():
        if key.casefold() == name.casefold() and value:
            return value
    return None


def boolean(request: Request, name: str) -> bool | None:
    """The parameter as true or false, or None when it is absent or empty."""
    value = text(request, name)
    if value is None:
        return None
    try:
        return {"true": True, "false": False}[value.casefold()]
    except KeyError:
        raise BadParameterError(f"The value given for {name} is neither true nor false.") from None
