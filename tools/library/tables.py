"""The library's SQL tables. SQL is the one source of truth; everything else is derived from it.

Papers and passages have numbers beside their ids: given in order, never given twice. What a number
stands for never changes, so an index that holds the right numbers holds the right passages.
"""

from typing import Literal

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

LONGEST_LABEL = 300

LabelKind = Literal["venue", "topic", "language", "format", "collection"]

MetaKey = Literal["schema", "library", "seq", "floor", "numbers"]
"""schema: see `SCHEMA`. library: identity, so that an index is never taken for another library's.
seq: the newest change's number. floor: changes up to it have been forgotten. numbers: the last number
given of each kind, as JSON. Keys that begin with "note:" are what callers asked to remember."""

_Number = BigInteger().with_variant(Integer, "sqlite")

_WITHOUT_ROWID = {"sqlite_with_rowid": False}


class Tables(DeclarativeBase):
    pass


class PaperRow(Tables):
    """`record` is the paper as JSON without its `body`: sections and references, which only a full read needs.

    `day` is the date as a number, 20250307; what is not known of it is 0.
    """

    __tablename__ = "papers"

    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    id: Mapped[str] = mapped_column(String(200), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    published: Mapped[str] = mapped_column(String(10))
    day: Mapped[int | None] = mapped_column(Integer, index=True)
    record: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)


Index("papers_in_order", PaperRow.published.desc(), PaperRow.id)


class AliasRow(Tables):
    """Another id that a paper is known by: that of a paper it was merged with."""

    __tablename__ = "aliases"

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    paper: Mapped[int] = mapped_column(ForeignKey("papers.number", ondelete="CASCADE"), index=True)


class PassageRow(Tables):
    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("paper", "ordinal"),)

    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    paper: Mapped[int] = mapped_column(ForeignKey("papers.number", ondelete="CASCADE"))
    ordinal: Mapped[int] = mapped_column(Integer)
    heading: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    page: Mapped[int | None] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(35))


class SourceRow(Tables):
    """What one source says of a paper, under the id it gives it. `origin` is a file's name, or "" for none.

    `record` and `body` are null where it is the paper's only source: the paper's own say the same.
    """

    __tablename__ = "sources"
    __table_args__ = (UniqueConstraint("origin", "given"),)

    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    origin: Mapped[str] = mapped_column(Text)
    given: Mapped[str] = mapped_column(String(200))
    paper: Mapped[int] = mapped_column(ForeignKey("papers.number", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    record: Mapped[str | None] = mapped_column(Text)
    body: Mapped[str | None] = mapped_column(Text)


class KeyRow(Tables):
    """Something that a source's paper is recognised by: see `identity.keys_of`."""

    __tablename__ = "keys"
    __table_args__ = _WITHOUT_ROWID

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    source: Mapped[int] = mapped_column(
        ForeignKey("sources.number", ondelete="CASCADE"), primary_key=True, index=True, autoincrement=False
    )


class LabelRow(Tables):
    """A venue, topic, language or format that papers have, or a collection. `value` is what is compared."""

    __tablename__ = "labels"
    __table_args__ = (UniqueConstraint("value", "kind"),)

    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(String(LONGEST_LABEL))
    shown: Mapped[str] = mapped_column(Text)


class PaperLabelRow(Tables):
    __tablename__ = "paper_labels"
    __table_args__ = _WITHOUT_ROWID

    label: Mapped[int] = mapped_column(
        ForeignKey("labels.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    paper: Mapped[int] = mapped_column(
        ForeignKey("papers.number", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class FileRow(Tables):
    """A file whose papers are all here. One that is being read has no row yet, or its earlier one."""

    __tablename__ = "files"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[str] = mapped_column(String(40))


class ChangeRow(Tables):
    """Passage `passage` of paper `paper` was put or dropped: whether it exists now says which.

    0 as passage: only what the paper is filtered by has changed, or the paper is gone.
    """

    __tablename__ = "changes"

    seq: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    paper: Mapped[int] = mapped_column(BigInteger)
    passage: Mapped[int] = mapped_column(BigInteger)


class MetaRow(Tables):
    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
