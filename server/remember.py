"""Remembering who stood where in an answer, so that feedback on it can find them."""

import logging

from agents.converse import Finished
from server.logs import fields
from tools.errors import ColloquyError
from tools.profiles.answers import Answers, Stood

log = logging.getLogger("colloquy.answers")


async def remember(answers: Answers, answer_id: str, owner: str, question: str, end: Finished) -> None:
    """Remembers the answer under its id. The reader has the answer: what fails here is logged, not raised."""
    trace = end.trace
    if trace is None:
        return
    panels = trace.panels
    try:
        await answers.write(
            answer_id,
            owner=owner,
            experts=[
                Stood(expert=heard.expert, position=heard.position)
                for panel in panels
                for heard in panel.heard
                if not heard.fault
            ],
            shown=panels[0].best if len(panels) == 1 else None,
            skills=[skill.known or skill.name for panel in panels[:1] for skill in panel.skills],
            question=question,
        )
    except ColloquyError as error:
        log.warning("an answer is not remembered for feedback", extra=fields(answer=answer_id, error=error.message))
