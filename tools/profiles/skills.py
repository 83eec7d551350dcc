"""The skills that a request needs: named by a model in several drafts, of which what repeats is kept."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.llm.extractive.tokens import terms
from tools.llm.model import Model
from tools.llm.panel_tasks import NAME_SKILLS, NameSkillsIn, SkilledQuestion
from tools.profiles.questions import Question

Embed = Callable[[Sequence[str]], Awaitable[NDArray[np.float32]]]

SAMPLES = 3
NEIGHBOURS = 8
_MOST_SHOWN = 80
"""Known skills in a prompt, the most frequent first."""


class SkillBank:
    """Questions whose skills are known, searched by meaning. `embed` gives rows of length 1."""

    def __init__(self, questions: Sequence[Question], embed: Embed) -> None:
        self._questions = tuple({item.key: item for item in questions if item.skills}.values())
        self._embed = embed
        self._vectors: NDArray[np.float32] | None = None
        self._embedding = asyncio.Lock()

    @property
    def known(self) -> tuple[str, ...]:
        """The skills, the most frequent first."""
        return tuple(skill for skill, _ in Counter(s for item in self._questions for s in item.skills).most_common())

    async def nearest(self, text: str, count: int = NEIGHBOURS) -> tuple[tuple[Question, float], ...]:
        """The questions most like the text, the nearest first, each with its cosine."""
        if not self._questions:
            return ()
        async with self._embedding:
            if self._vectors is None:
                self._vectors = await self._embed([item.question for item in self._questions])
        near = self._vectors @ (await self._embed([text]))[0]
        return tuple((self._questions[i], float(near[i])) for i in np.argsort(-near, kind="stable")[:count])


async def named_skills(model: Model, question: str, bank: SkillBank, samples: int = SAMPLES) -> tuple[str, ...]:
    """The skills that at least two drafts name, those that most name first; none where no two agree.

    The extractive model names the same each time and is asked once. Raises UpstreamError, ModelError,
    BudgetExceeded where no draft came; with one draft, what it names is kept.
    """
    near = tuple(
        SkilledQuestion(question=item.question, skills=item.skills, similarity=max(-1.0, min(similarity, 1.0)))
        for item, similarity in await bank.nearest(question)
    )
    drafts = [
        NameSkillsIn(question=question, known=bank.known[:_MOST_SHOWN], nearest=near, sample=number)
        for number in range(1, (1 if model.extractive else samples) + 1)
    ]
    came = await asyncio.gather(*(model.run(NAME_SKILLS, draft) for draft in drafts), return_exceptions=True)
    named = [ran.output.skills for ran in came if not isinstance(ran, BaseException)]
    if not named:
        raise next(error for error in came if isinstance(error, BaseException))
    return repeated(named)


def repeated(drafts: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The skills that more than one draft names, in whatever form; of a single draft, all."""
    written: dict[frozenset[str], Counter[str]] = {}
    for draft in drafts:
        own: dict[frozenset[str], str] = {}
        for skill in draft:
            own.setdefault(frozenset(terms(skill)) or frozenset({skill}), skill)
        for key, skill in own.items():
            written.setdefault(key, Counter())[skill] += 1
    least = min(2, len(drafts))
    kept = [forms for forms in written.values() if forms.total() >= least]
    return tuple(forms.most_common(1)[0][0] for forms in sorted(kept, key=lambda forms: -forms.total()))
