"""Reading a JSON body strictly: what cannot be answered properly is refused with the reason."""

import json
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from server.fault_words import in_words
from tools.errors import InvalidRequest

Parsed = TypeVar("Parsed", bound=BaseModel)


async def read_json(request: Request) -> object:
    """What the request's JSON body says. Raises InvalidRequest."""
    raw = await request.body()
    try:
        return json.loads(raw, parse_constant=_refuse)
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.", code="invalid_json") from None
    except UnicodeDecodeError:
        raise InvalidRequest("The body is not UTF-8.", code="invalid_json") from None
    except ValueError as error:
        raise InvalidRequest(f"The body is not valid JSON: {error}", code="invalid_json") from None


async def read_body(request: Request, kind: type[Parsed]) -> Parsed:
    """The request's body as a `kind`. Raises InvalidRequest naming the place and the fault."""
    content = await read_json(request)
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise InvalidRequest(f"{where or 'body'}: {in_words(fault)}", param=where or None) from None
    except RecursionError:
        raise InvalidRequest("The body is nested too deeply.", code="invalid_json") from None


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a JSON number")
