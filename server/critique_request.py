"""The body of a request for a critique, and what is asked with it."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from agents.critic.asked import (
    MOST_CHARACTERS,
    MOST_JUDGES,
    Asked,
    FormName,
    Limits,
    ReferenceEntry,
    Shape,
    Source,
    Weights,
)
from agents.critic.shelved import entry_of, source_of, with_library
from agents.state import Shelves
from agents.survey.state import Draft
from agents.trace import Reference
from server.chat_request import Text
from server.jobs import SurveyJobs
from tools.errors import InvalidRequest, NotFound
from tools.profiles.answers import Answers
from tools.types import Paper, PaperId

_ID = re.compile(r"\S{1,200}")
MOST_SOURCES, MOST_REFERENCES = 50, 2_000


def _one_or_more(given: object) -> object:
    return [given] if isinstance(given, str) else given


class GivenSource(BaseModel):
    """A text that the reviewed one was made from, or the id of a paper of the library."""

    model_config = ConfigDict(extra="forbid")

    text: Text = ""
    id: Text = ""
    title: Text = ""
    authors: list[Text] = []
    published: Text = ""


class GivenReference(BaseModel):
    """An entry of the reference list; with the id of a paper of the library, the rest is known."""

    model_config = ConfigDict(extra="forbid")

    number: int | None = Field(default=None, ge=1)
    id: Text = ""
    title: Text = ""
    authors: list[Text] = []
    year: int | None = None
    text: Text = ""


class CritiqueRequest(BaseModel):
    """`request` says what the text was written for; `author` names the model that wrote it, or the id of an answer or
    a survey of this service. `sources` and `references` are texts or ids of papers in the library. `judges` is how
    many models judge, or their names; by default up to three. `survey` is the id of a survey of this service, which is
    reviewed with its passages and references instead of a text."""

    model_config = ConfigDict(extra="forbid")

    text: Text = Field(default="", max_length=MOST_CHARACTERS)
    survey: Text = Field(default="", max_length=200)
    request: Text = Field(default="", max_length=20_000)
    author: Annotated[list[Text], BeforeValidator(_one_or_more)] = Field(default=[], max_length=20)
    sources: list[GivenSource | Text] = Field(default=[], max_length=MOST_SOURCES)
    references: list[GivenReference | Text] | None = Field(default=None, max_length=MOST_REFERENCES)
    against: Text = Field(default="", max_length=MOST_CHARACTERS)
    limits: Limits = Limits()
    format: FormName | Shape | None = None
    language: Literal["", "en", "ja", "ko", "zh", "de", "fr", "es", "it", "pt", "ru"] = ""
    judges: (
        Annotated[int, Field(ge=1, le=MOST_JUDGES)]
        | Annotated[list[Text], Field(min_length=1, max_length=MOST_JUDGES)]
        | None
    ) = None
    weights: Weights = Weights()


async def asked_in(
    request: CritiqueRequest, library: Shelves, answers: Answers, jobs: SurveyJobs | None = None, owner: str = ""
) -> Asked:
    """What is asked, with what the library has of it. Raises InvalidRequest for papers that it does not have."""
    if request.survey and request.text:
        raise InvalidRequest("Give a text or a survey, not both.", param="survey")
    drafted = await _drafted(request.survey, jobs, owner) if request.survey else None
    text = drafted.markdown if drafted else request.text
    if not text.strip():
        raise InvalidRequest("text: it is empty.", param="text")
    authors = [name for given in request.author for name in await _authors(given, answers, jobs, owner)]
    sources = [await _source(given, library) for given in request.sources]
    references = None
    if request.references is not None:
        references = tuple([await _reference(given, library) for given in request.references])
    if drafted:
        authors.extend(drafted.models)
        sources.extend(_passages(drafted))
        references = references or tuple(map(_listed, drafted.references))
    asked = Asked(
        text=text,
        request=request.request or (f"A survey on {drafted.topic}" if drafted else ""),
        authors=tuple(dict.fromkeys(authors)),
        sources=tuple(sources),
        references=references,
        against=request.against,
        limits=request.limits,
        format=request.format,
        language=request.language,
        judges=tuple(request.judges) if isinstance(request.judges, list) else request.judges,
        weights=request.weights,
    )
    return await with_library(asked, library)


async def _authors(given: str, answers: Answers, jobs: SurveyJobs | None, owner: str) -> list[str]:
    """The models that wrote an answer or a survey of ours; else the name that was given."""
    try:
        if given.startswith("chatcmpl-"):
            answer = await answers.get(given, owner)
            return [one.expert.rpartition("@")[2] for one in answer.experts] or [given]
        if given.startswith("survey-") and jobs is not None:
            draft = (await jobs.get(given, owner)).draft
            return list(draft.models) if draft else [given]
    except NotFound:
        return [given]
    return [given]


async def _drafted(survey: str, jobs: SurveyJobs | None, owner: str) -> Draft:
    """The draft of a survey. Raises NotFound and NotReady."""
    if jobs is None:
        raise InvalidRequest("A survey is reviewed by the running service; give its draft.md here.", param="survey")
    return (await jobs.get(survey, owner)).finished_draft()


def _passages(draft: Draft) -> Iterator[Source]:
    """The passages of each paper that the draft cites, as one source."""
    for paper in dict.fromkeys(item.paper_id for item in draft.passages):
        items = [item for item in draft.passages if item.paper_id == paper]
        first = items[0]
        text = "\n\n".join(item.text for item in items)
        yield Source(text=text, id=paper, title=first.title, authors=first.authors, published=first.published)


def _listed(reference: Reference) -> ReferenceEntry:
    year = int(reference.published[:4]) if reference.published[:4].isdigit() else None
    return ReferenceEntry(
        number=reference.number, id=reference.paper_id, title=reference.title, authors=reference.authors, year=year
    )


async def _source(given: GivenSource | str, library: Shelves) -> Source:
    if isinstance(given, str):
        if not _ID.fullmatch(given.strip()):
            return Source(text=given)
        return source_of(await _paper(given.strip(), library, "sources"))
    if given.text.strip():
        return Source(
            text=given.text,
            id=given.id,
            title=given.title,
            authors=tuple(given.authors),
            published=given.published,
        )
    if not given.id.strip():
        raise InvalidRequest("sources: a source needs a text or the id of a paper in the library.", param="sources")
    return source_of(await _paper(given.id.strip(), library, "sources"))


async def _reference(given: GivenReference | str, library: Shelves) -> ReferenceEntry:
    if isinstance(given, str):
        if not _ID.fullmatch(given.strip()):
            return ReferenceEntry(text=given)
        return entry_of(await _paper(given.strip(), library, "references"))
    if given.id.strip() and not given.title.strip():
        known = entry_of(await _paper(given.id.strip(), library, "references"))
        return known.model_copy(update={"number": given.number})
    return ReferenceEntry.model_validate(given.model_dump() | {"authors": tuple(given.authors)})


async def _paper(name: str, library: Shelves, param: str) -> Paper:
    found = await library.get([PaperId(name)])
    if not found:
        raise InvalidRequest(
            f"{param}: there is no paper {name[:80]!r} in the library; give its text instead.", param=param
        )
    return found[0]
