"""The answerer: questions that need no other skill."""

from langgraph.runtime import Runtime

from agents.consult import speak
from agents.state import Consultation, Deps, Update
from tools.llm.tasks import ANSWER


async def answer(state: Consultation, runtime: Runtime[Deps]) -> Update:
    """An answer to the question from the evidence."""
    return await speak(ANSWER, state, runtime)
