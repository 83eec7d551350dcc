"""Why experts were recruited and what came of it, in words."""

from collections.abc import Collection, Sequence

import numpy as np

from agents.panel.profile import Profile
from agents.panel.seam import Need
from agents.panel.vote import Slate


def reason(need: Need, profile: Profile, suspects: Collection[str], explored: str, *, audits: bool) -> str:
    """What the order of the experts rests on."""
    known = list(dict.fromkeys(s.known for s in need.skills if s.known in profile.skill_index))
    unknown = [s.name for s in need.skills if s.known not in profile.skill_index]
    parts = []
    if not profile.experts:
        parts.append("No profile yet: experts in the order of the pool, all equal.")
    elif known:
        parts.append(f"Ordered by accuracy at {', '.join(known)}, then overall.")
    elif any(question in profile.answers.row for question, _ in need.nearest):
        parts.append("Ordered by accuracy at the validation questions most like this one, then overall.")
    else:
        parts.append("Ordered by overall accuracy.")
    if unknown and profile.experts:
        parts.append(f"No known skill is near enough to {', '.join(unknown)}.")
    if audits:
        parts.append("Everybody is asked, to see whom the others bear out.")
    if suspects:
        verb = "counted" if audits else "asked"
        parts.append(f"Not {verb}, for the others bear it out too seldom: {', '.join(sorted(suspects))}.")
    if explored:
        parts.append(f"{explored} is asked besides, because little is known of it.")
    return " ".join(parts)


def verdict_in_words(slate: Slate, best: int, confidence: Sequence[float], ask: Sequence[str]) -> str:
    """How many agree, how sure that makes, and whether more are asked."""
    held = int(np.count_nonzero(slate.held[0] == slate.columns[best]))
    said = f"{held} of {len(slate.experts)} agree, which is right with {confidence[best]:.0%}"
    if ask:
        return f"{said}: another answer is worth its cost, next {', '.join(ask)}."
    return f"{said}: enough."
