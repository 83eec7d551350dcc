"""The folder of a graph: opening what is in it, and deleting what is of no use."""

import logging
import shutil
from pathlib import Path

import numpy as np

from tools.errors import OperatorError
from tools.library.graph import DamagedGraph, Graph, GraphState
from tools.library.graph_lock import owned

LEAST_FREE_BYTES = 10_000_000
"""With less, a graph that fails is not taken for damaged."""

log = logging.getLogger(__name__)


def opened(folder: Path, fresh: GraphState, dimensions: int) -> Graph:
    """The graph in the folder, loaded; an empty one with the fresh state if there is none."""
    graph = Graph(folder, fresh)
    try:
        # Chroma loads the graph at the first search, which nobody shall wait for. It must come before the first
        # write: after 20,000 passages were written unsearched, the next write took Chroma a minute.
        graph.nearest(np.ones(dimensions, dtype=np.float32), 1)
    except DamagedGraph:
        graph.close()
        raise
    return graph


def sound(folder: Path, fresh: GraphState, dimensions: int) -> Graph | None:
    """The graph that a crash left, loaded; None if it is half written.

    Chroma 1.5.9 does not write its graph to disk in one step, and may die of one left half written.
    """
    try:
        graph = opened(folder, fresh, dimensions)
    except DamagedGraph as error:
        log.warning("%s", error.message)
        return None
    try:
        if graph.connected(dimensions):
            return graph
    except DamagedGraph as error:
        log.warning("%s", error.message)
    graph.close()
    return None


def delete(folder: Path, why: str) -> bool:
    """Whether the graph is gone now: it is not deleted if a full disk is what is wrong with it."""
    try:
        if shutil.disk_usage(folder.parent).free < LEAST_FREE_BYTES:
            log.warning("The disk that holds %s is full: make space. (%s)", folder, why)
            return False
        with owned(folder):
            if folder.exists():
                log.warning("Making the vector graph in %s anew: %s", folder, why)
                shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    except (OSError, OperatorError) as error:
        log.warning("The vector graph in %s cannot be deleted: %s", folder, error)
        return False
    return True
