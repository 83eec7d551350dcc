"""What a critique is asked for: the text, what it was written for, and what it can be checked against."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from tools.types import Value

FormName = Literal["deep8_ja", "meeting_ja", "abstract4_ja", "daily3_ko", "daily_flat_ko"]
"""The forms of digest that are known by name."""

FORM_NAMES: tuple[FormName, ...] = get_args(FormName)

MOST_CHARACTERS = 400_000
MOST_JUDGES = 5


class Bounds(Value):
    """How many there may be, both ends included."""

    min: int | None = Field(default=None, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _possible(self) -> "Bounds":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min is {self.min} and max {self.max}: no text can have that")
        return self


def _from_number(given: object) -> object:
    return {"max": given} if isinstance(given, int) and not isinstance(given, bool) else given


def _unicode(text: str) -> str:
    text.encode("utf-8")  # half a character is none that could be told of
    return text


Words = Annotated[str, AfterValidator(_unicode)]

Bound = Annotated[Bounds, BeforeValidator(_from_number)]
"""Bounds; a number alone is the most there may be."""


class SectionLimits(Value):
    characters: Bound | None = None
    words: Bound | None = None


class Limits(SectionLimits):
    """How long the text may be. `sections` has limits for the parts under headings that contain its keys."""

    sentences: Bound | None = None
    sections: dict[Words, SectionLimits] = Field(default_factory=dict, max_length=50)


class Shape(Value):
    """What a text must consist of: headings that must be there, in this order, and how many of what."""

    headings: tuple[Words, ...] = Field(default=(), max_length=100)
    sections: Bound | None = None
    bullets: Bound | None = None
    paragraphs: Bound | None = None


class Source(Value):
    """A text that the reviewed one was made from. `id` is the library's, where it comes from there."""

    text: str
    id: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""


class ReferenceEntry(Value):
    """An entry of the reference list. Without a `number` it is the place in the list."""

    number: int | None = Field(default=None, ge=1)
    id: str = ""
    title: str = ""
    authors: tuple[str, ...] = ()
    year: int | None = None
    text: str = ""


class Expansion(Value):
    """What a paper of the library takes an abbreviation for."""

    words: str
    paper_id: str


class Weights(Value):
    """How much the parts of the overall score count, as in WISE, arXiv:2503.07265: the judged criteria, what code
    found out about truth, and what it found out about form."""

    criteria: float = Field(default=0.7, ge=0, le=1_000)
    soundness: float = Field(default=0.2, ge=0, le=1_000)
    form: float = Field(default=0.1, ge=0, le=1_000)

    @model_validator(mode="after")
    def _some(self) -> "Weights":
        if self.criteria + self.soundness + self.form <= 0:
            raise ValueError("at least one weight must be above 0")
        return self


class Asked(Value):
    """A critique that is asked for.

    `request` is what the text was written for, `authors` the models that wrote it, `against` another text that it is
    compared with. `language` is an ISO 639-1 code. `known` are expansions of the text's abbreviations in the library.
    `records` are the library's records of papers that the text names; unlike `references`, nothing has to cite them.
    `judges` is how many judge, or their names.
    """

    text: str = Field(min_length=1, max_length=MOST_CHARACTERS)
    request: str = ""
    authors: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    references: tuple[ReferenceEntry, ...] | None = None
    records: tuple[ReferenceEntry, ...] = ()
    against: str = ""
    limits: Limits = Limits()
    format: FormName | Shape | None = None
    language: str = ""
    judges: int | tuple[str, ...] | None = None
    weights: Weights = Weights()
    known: dict[str, tuple[Expansion, ...]] = Field(default_factory=dict)

    @property
    def bibliography(self) -> tuple[ReferenceEntry, ...]:
        """All bibliographic entries that are known, those of the caller first."""
        return (*(self.references or ()), *self.records)
