"""What a request is like: its skills among those the profile knows, and the validation questions nearest to it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agents.panel.profile import Profile
from agents.panel.seam import Need, SkillWeight
from agents.panel.validation import Floats

ALIKE = 0.5
"""Cosine from which two names are taken to mean one skill. Below it a skill stays unknown: a wrong neighbour
misleads, overall competence does not. With the static embedder, names that mean the same lie at .52 to .89 and
names that do not below .4."""

NEIGHBOURS = 25

Vectors = NDArray[np.float32] | NDArray[np.float64]


def matched(
    named: Sequence[tuple[str, float]],
    vectors: Vectors,
    known: Sequence[str],
    known_vectors: Vectors,
    alike: float = ALIKE,
) -> tuple[SkillWeight, ...]:
    """Each named skill (with its weight) and the known skill that it means; "" where none is near enough.

    `vectors` and `known_vectors` have one row of length 1 for each name. Equal names match whatever their vectors.
    """
    spelled = {" ".join(skill.casefold().split()): skill for skill in known}
    likeness = vectors @ known_vectors.T if len(named) and len(known) else np.zeros((len(named), 0))
    found = []
    for i, (name, weight) in enumerate(named):
        same = spelled.get(" ".join(name.casefold().split()))
        best = int(likeness[i].argmax()) if likeness.shape[1] else -1
        similarity = 1.0 if same else float(likeness[i, best]) if best >= 0 else 0.0
        means = same or (known[best] if best >= 0 and similarity >= alike else "")
        found.append(SkillWeight(name=name, known=means, similarity=min(max(similarity, 0.0), 1.0), weight=weight))
    return tuple(found)


def nearest(
    vector: Vectors, ids: Sequence[str], vectors: Vectors, count: int = NEIGHBOURS
) -> tuple[tuple[str, float], ...]:
    """The ids whose vectors are most like `vector`, most alike first, with cosines; none that is not alike at all."""
    if not ids:
        return ()
    likeness = vectors @ vector
    picked = np.argsort(-likeness, kind="stable")[:count]
    return tuple((ids[i], float(likeness[i])) for i in picked if likeness[i] > 0.0)


def local_counts(profile: Profile, need: Need) -> tuple[Floats, Floats]:
    """How often each expert of the profile was right, and asked, at what this need is like: weighted counts.

    By the skills that are known; else by the nearest questions; else nothing.
    """
    weights = np.zeros(len(profile.skills))
    for skill in need.skills:
        if skill.known in profile.skill_index:
            weights[profile.skill_index[skill.known]] += max(skill.weight, 0.0) * max(skill.similarity, 0.0)
    if weights.any():
        weights = weights / max(weights.max(), 1.0)
        return profile.skill_right @ weights, profile.skill_asked @ weights
    return _counts_nearby(profile, need)


def _counts_nearby(profile: Profile, need: Need) -> tuple[Floats, Floats]:
    right, asked = np.zeros(len(profile.experts)), np.zeros(len(profile.experts))
    rows = [(profile.answers.row[q], s) for q, s in need.nearest if q in profile.answers.row and s > 0.0]
    if not rows:
        return right, asked
    similarity = np.array([s for _, s in rows])
    seen = profile.answers.right[[row for row, _ in rows]]
    weights = (similarity / similarity.max())[:, None] * ~np.isnan(seen)
    columns = [profile.index[expert] for expert in profile.answers.experts]
    right[columns] = (weights * np.nan_to_num(seen)).sum(axis=0)
    asked[columns] = weights.sum(axis=0)
    return right, asked
