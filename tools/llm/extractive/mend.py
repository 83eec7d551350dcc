"""Mending without a model: the sentences that a remark names are taken out."""

from tools.llm.extractive.reading import Embed
from tools.llm.model import Prose
from tools.llm.survey_tasks import MendIn

_LEAST_LEFT = 0.4


def mend(given: MendIn, embed: Embed) -> Prose:
    """The text without the sentences named, as long as enough is left of it: the last ones stay otherwise."""
    del embed
    text = given.text
    for remark in given.remarks:
        shorter = text.replace(remark.sentence, "")
        if len(shorter.strip()) >= _LEAST_LEFT * len(given.text):
            text = shorter
    lines = (" ".join(line.split()) for line in text.splitlines())
    return Prose(text="\n".join(lines).replace("\n\n\n", "\n\n").strip())
