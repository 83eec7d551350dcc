"""The journal of paid answers: what it knows is not asked again; what is asked twice on purpose has two answers."""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import URL

from server.job_answers import AnswerBook, StageJournal
from server.job_database import JobDatabase
from tools.llm import journal
from tools.llm.asked import Asked
from tools.llm.reply import Reply
from tools.llm.terms import Terms
from tools.types import Usage

ASKED = Asked("write", "", [{"role": "user", "content": "Write."}], limit=100)


@dataclass
class Line:
    """Answers with how often it was asked."""

    identity: str = "a model"
    asked: list[Asked] = field(default_factory=list)

    async def complete(self, asked: Asked, terms: Terms) -> Reply:
        self.asked.append(asked)
        return Reply(f"answer {len(self.asked)}", cut=False, usage=Usage(calls=1, prompt_tokens=7))

    async def stream(self, asked: Asked, terms: Terms) -> AsyncGenerator[str | Reply, None]:
        reply = await self.complete(asked, terms)
        yield reply.text
        yield reply


@pytest.fixture
def book(tmp_path: Path) -> Iterator[AnswerBook]:
    database = JobDatabase(URL.create("sqlite", database=str(tmp_path / "surveys.db")))
    database.prepare()
    opened = AnswerBook(database)
    yield opened
    opened.close()
    database.close()


def terms(book: AnswerBook, job: str = "job", scope: str = "plan") -> Terms:
    """Terms as a stage has them each time that it begins."""
    return Terms(journal=StageJournal(book, job, scope))


async def test_what_was_answered_is_not_asked_again(book: AnswerBook) -> None:
    line = Line()
    first = await journal.complete(line, ASKED, terms(book))
    again = await journal.complete(line, replace(ASKED, limit=50), terms(book))
    assert again == first, "with its usage, so that the survey's own is that of an undisturbed run"
    assert len(line.asked) == 1
    pieces = [piece async for piece in journal.stream(line, ASKED, terms(book))]
    assert pieces == ["answer 1", first]
    assert len(line.asked) == 1


async def test_the_same_question_twice_in_a_stage_has_two_answers(book: AnswerBook) -> None:
    line = Line()
    for _ in range(2):
        stage = terms(book)
        answers = [(await journal.complete(line, ASKED, stage)).raw for _ in range(2)]
        assert answers == ["answer 1", "answer 2"]
    assert len(line.asked) == 2


async def test_other_words_models_stages_and_jobs_are_other_questions(book: AnswerBook) -> None:
    line = Line()
    await journal.complete(line, ASKED, terms(book))
    await journal.complete(line, replace(ASKED, messages=[{"role": "user", "content": "Write!"}]), terms(book))
    await journal.complete(line, replace(ASKED, form={"type": "json_object"}), terms(book))
    await journal.complete(line, ASKED, terms(book, scope="section:1"))
    await journal.complete(line, ASKED, terms(book, job="another"))
    await journal.complete(line, ASKED, Terms())
    assert len(line.asked) == 6
    other = Line("another model")
    await journal.complete(other, ASKED, terms(book))
    assert len(other.asked) == 1


async def test_a_stream_is_written_down_once_it_is_whole(book: AnswerBook) -> None:
    line = Line()
    stream = journal.stream(line, ASKED, terms(book))
    assert await anext(stream) == "answer 1"
    await stream.aclose()
    pieces = [piece async for piece in journal.stream(line, ASKED, terms(book))]
    assert pieces[0] == "answer 2", "what broke off is asked again"
    assert (await journal.complete(line, ASKED, terms(book))).raw == "answer 2"
