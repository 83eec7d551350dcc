"""What people may narrow a library by: in queries of the API, in options of the command line, in metadata of chats."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from server.chat_request import Text
from server.fault_words import in_words
from server.libraries import KeyLibraries
from tools.errors import InvalidRequest, NotFound
from tools.library.library import Library
from tools.library.scope import Scope
from tools.library.stored import compared
from tools.types import PartialDate

_MOST = 50
_Label = Annotated[Text, Field(min_length=1, max_length=300)]


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


_Labels = Annotated[tuple[_Label, ...], BeforeValidator(_listed), Field(max_length=_MOST)]


class Filters(BaseModel):
    """Which papers count. Of several venues, topics, languages or collections one must be the paper's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    year_from: int | None = Field(default=None, ge=1, le=9_999, description="No paper from before this year.")
    year_to: int | None = Field(default=None, ge=1, le=9_999, description="No paper from after this year.")
    as_of: PartialDate = Field(default="", description="No paper from after this date, like 2024-06-30 or 2024.")
    venue: _Labels = ()
    topic: _Labels = ()
    language: _Labels = ()
    collection: _Labels = ()
    has_pdf: bool = Field(default=False, description="Only papers that were read from a PDF.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.year_from is not None and self.year_to is not None and self.year_from > self.year_to:
            raise ValueError("year_from is after year_to: nothing can be found")
        return self

    @property
    def scope(self) -> Scope:
        """The papers that meet all of it."""
        return Scope(
            year_from=self.year_from,
            year_to=self.year_to,
            as_of=self.as_of,
            venues=self.venue,
            topics=self.topic,
            languages=self.language,
            collections=self.collection,
            has_pdf=self.has_pdf,
        )


async def scope_for(libraries: KeyLibraries, owner: str, filters: Filters) -> Scope:
    """The scope of the filters in the owner's library. Raises NotFound as `known_scope` does."""
    if not filters.collection:
        return filters.scope
    async with libraries.of(owner) as library:
        return await known_scope(library, filters)


async def known_scope(library: Library, filters: Filters) -> Scope:
    """The scope of the filters. Raises NotFound for a collection that there is not: nobody meant to find nothing."""
    if filters.collection:
        there = {compared(name) for name in await library.collections()}
        for name in filters.collection:
            if compared(name) not in there:
                raise NotFound(f"There is no collection '{name}'.", code="collection_not_found", param="collection")
    return filters.scope


_OF_CHATS = ("collection", "year_from", "year_to", "as_of")
"""Metadata is the client's own: names that it may use for other things have no effect."""


def filters_in_metadata(given: Mapping[str, str]) -> Filters:
    """The filters that a chat's metadata names. Raises InvalidRequest for a faulty one."""
    try:
        return Filters.model_validate({name: given[name] for name in _OF_CHATS if name in given})
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        name = str(fault["loc"][0]) if fault["loc"] else "year_from"
        raise InvalidRequest(f"metadata.{name}: {in_words(fault)}", param=f"metadata.{name}") from None
