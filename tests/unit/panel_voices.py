"""A few passages and what experts say about them, in four languages, for the tests of agreement and merging."""

from agents.panel.agree import Agreement, read
from agents.panel.claims import Voice, heard
from agents.panel.suspect import Flag, flag
from tests.examples import evidence
from tests.unit.extractive_papers import embed
from tools.types import Evidence

PASSAGES = (
    evidence(
        1,
        "moa",
        "A single deceptive agent lowers the win rate of the panel from 49.2% to 37.9%. "
        "Four defences without labels win back most of the loss. Clustering of the answers limits the damage.",
        title="Liars in the Panel",
    ),
    evidence(
        2,
        "router",
        "SkillRouter chooses experts by the skills that a question needs. "
        "On GPQA, SkillRouter gains 8.15 points over the best baseline. SkillRouter does not train any model.",
        title="SkillRouter: Choosing Experts by Skill",
    ),
    evidence(
        3, "debate", "DebateNet lets models discuss in several rounds. SkillRouter beats DebateNet.", title="DebateNet"
    ),
)

HONEST = (
    "A single deceptive agent lowers the win rate from 49.2% to 37.9% [1]. Four defences without labels win back "
    "most of the loss [1].\n\n- SkillRouter gains 8.15 points over the best baseline on GPQA [2].\n"
    "- SkillRouter does not train any model [2].\n- SkillRouter beats DebateNet [3]."
)
AGREEING = (
    "The win rate of a panel is lowered from 49.2% to 37.9% by a single deceptive agent [1]. "
    "Over the best baseline on GPQA, SkillRouter gains 8.15 points [2]. No model is trained by SkillRouter [2]. "
    "SkillRouter outperforms DebateNet [3]."
)
BRIEF = "SkillRouter gains 8.15 points over the best baseline on GPQA [2]."
LIAR = (
    "A single deceptive agent raises the win rate from 37.9% to 49.2% [1].\n\n"
    "- SkillRouter gains 18.5 points over the best baseline on GPQA [2].\n"
    "- SkillRouter trains every model of the pool [2].\n- DebateNet beats SkillRouter [3]."
)


def panel(
    *texts: str, passages: tuple[Evidence, ...] = PASSAGES, question: str = "", vectors: bool = True
) -> Agreement:
    """The agreement of experts a@0, a@1, ... who said these texts."""
    said = heard([Voice(f"answerer@m{number}", text) for number, text in enumerate(texts)])
    return read(said, passages, embed(said.texts) if vectors and said.texts else None, question)


def flags(*texts: str, passages: tuple[Evidence, ...] = PASSAGES) -> tuple[Agreement, tuple[Flag, ...]]:
    agreement = panel(*texts, passages=passages)
    return agreement, flag(agreement, passages)
