"""The summarizer."""

from langgraph.runtime import Runtime

from agents.consult import speak
from agents.state import Consultation, Deps, Update
from tools.llm.tasks import SUMMARIZE


async def summarize(state: Consultation, runtime: Runtime[Deps]) -> Update:
    """A summary of the papers, or of what the library says on the topic."""
    return await speak(SUMMARIZE, state, runtime)
