"""Papers in groups by what they are about."""

from collections.abc import Sequence

import numpy as np

from tools.llm.extractive.weights import Matrix, unit

_MEANING = 0.6
_COMMON_PART = 0.8
_ROUNDS = 6
_GIANT = 0.4
_MEDIAN_DEVIATIONS = 3.5


def likeness(vectors: Matrix, tfidf: Matrix) -> Matrix:
    """How alike two papers are, as a matrix of inner products: meaning and weighted terms.

    What all papers have in common is taken out first, so that their differences show.
    """
    if len(vectors) > 3:
        vectors = unit(vectors - _COMMON_PART * vectors.mean(axis=0, keepdims=True))
    alike: Matrix = (_MEANING * (vectors @ vectors.T) + (1 - _MEANING) * (tfidf @ tfidf.T)).astype(np.float32)
    np.fill_diagonal(alike, 1.0)
    return alike


def grouped(alike: Matrix, wanted: int) -> list[list[int]]:
    """About `wanted` groups, none tiny beside others and none holding nearly everything.

    Source: Ward, Hierarchical grouping to optimize an objective function, JASA 58, 1963; the groups
    are then refined by moving papers to the group whose members they resemble most.
    """
    count = len(alike)
    if wanted <= 1 or count < 4:
        return [list(range(count))] if count else []
    groups = _refined(_ward(alike, min(wanted, count // 2)), alike)
    for _ in range(wanted):
        groups = _without_tiny(groups, alike, least=2 if count < 25 else max(2, round(0.035 * count)))
        biggest = max(groups, key=len)
        if len(groups) >= wanted or len(biggest) < 6:
            break
        halves = _refined(_ward(alike[np.ix_(biggest, biggest)], 2), alike[np.ix_(biggest, biggest)])
        if min(map(len, halves), default=0) < 2 or len(halves) < 2:
            break
        groups.remove(biggest)
        groups.extend([biggest[i] for i in half] for half in halves)
    return sorted(groups, key=lambda group: group[0])


def off_topic(nearness: Matrix) -> list[int]:
    """The positions that are much farther from the topic than the rest, at most a quarter of all."""
    if len(nearness) < 5:
        return []
    middle = float(np.median(nearness))
    spread = 1.4826 * float(np.median(np.abs(nearness - middle)))
    limit = min(middle - _MEDIAN_DEVIATIONS * spread, 0.5 * middle)
    far = [int(i) for i in np.argsort(nearness) if nearness[i] < limit]
    return far[: len(nearness) // 4]


def _ward(alike: Matrix, wanted: int) -> list[list[int]]:
    from scipy.cluster.hierarchy import fcluster, linkage  # takes 0.7 s to import
    from scipy.spatial.distance import squareform

    distances = np.sqrt(np.clip(2 - 2 * alike.astype(np.float64), 0, None))
    distances = (distances + distances.T) / 2
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), method="ward")
    labels = fcluster(tree, t=wanted, criterion="maxclust")
    return [[int(i) for i in np.flatnonzero(labels == label)] for label in np.unique(labels)]


def _refined(groups: list[list[int]], alike: Matrix) -> list[list[int]]:
    """The groups after each paper has moved to the group it resembles most on average."""
    for _ in range(_ROUNDS):
        means = np.stack([_mean_likeness(group, alike) for group in groups], axis=1)
        best = means.argmax(axis=1)
        moved = [[int(i) for i in np.flatnonzero(best == place)] for place in range(len(groups))]
        moved = [group for group in moved if group]
        if moved == groups:
            break
        groups = moved
    return groups


def _mean_likeness(group: Sequence[int], alike: Matrix) -> Matrix:
    """How alike every paper is to the group on average, itself not counted."""
    sums: Matrix = alike[:, list(group)].sum(axis=1)
    member = np.zeros(len(alike), dtype=np.float32)
    member[list(group)] = 1
    own = np.diag(alike) * member
    means = (sums - own) / np.maximum(len(group) - member, 1)
    # a paper alone in its group is no reason to stay there
    return np.where((member == 1) & (len(group) == 1), np.float32(0.05), means).astype(np.float32)


def _without_tiny(groups: list[list[int]], alike: Matrix, least: int) -> list[list[int]]:
    """The groups with those below `least` members merged into the group nearest to them."""
    groups = sorted(groups, key=len)
    while len(groups) > 1 and len(groups[0]) < least:
        tiny, *rest = groups
        near = [float(alike[np.ix_(tiny, other)].mean()) - _GIANT * len(other) / len(alike) for other in rest]
        rest[int(np.argmax(near))].extend(tiny)
        groups = sorted((sorted(group) for group in rest), key=len)
    return groups
