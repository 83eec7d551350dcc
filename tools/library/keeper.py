"""Keeping the graph up to date in a thread of its own, so that neither adding nor opening waits for it."""

import logging
import threading
import time
from contextlib import suppress

import numpy as np

from tools.errors import OperatorError
from tools.library.facets import Facets, Mask
from tools.library.graph import DamagedGraph, Graph, GraphState, LostGraph
from tools.library.graph_folder import delete, opened, sound
from tools.library.graph_steps import PUT_OFF, SEARCHED_LATELY_S, put_in_steps
from tools.library.journal import Journal
from tools.library.rows import VectorRows
from tools.library.turns import Turns

GRAPH_FOLDER = "graph"

MADE_FROM = 1_000
"""Of fewer passages no graph is made: comparing them all takes microseconds, loading Chroma 1.5 seconds."""

SEARCHED_WITHOUT = 20_000
"""Up to so many passages all rows are compared: the graph is not even loaded, unless it has to be written."""

SOONER_MADE_THAN_CHECKED = 5_000
"""After a crash the graph of so few passages is made again; a check takes longer."""

RESTARTED_AT_MOST_EVERY_S = 600.0
"""When the graph's process ends by itself sooner after a restart, it is the graph that is at fault."""

log = logging.getLogger(__name__)


class GraphKeeper:
    """Owns the graph of some rows. `graph` is None while there is none to search.

    A graph that cannot be used is deleted and made again from the rows, once; then it is given up. One whose
    process has ended by itself is opened again first.
    """

    def __init__(self, rows: VectorRows, facets: Facets, journal: Journal, turns: Turns, *, after_crash: bool) -> None:
        self.graph: Graph | None = None
        self._folder = rows.folder / GRAPH_FOLDER
        self._hint = rows.folder / "graph.json"
        self._rows, self._facets, self._journal, self._turns = rows, facets, journal, turns
        self._suspect = after_crash
        self._state = threading.Condition()
        self._asked, self._done, self._closing = 0, 0, False
        self._failures, self._why_anew, self._wanted = 0, "", False
        self._lost, self._restarted_s = False, float("-inf")
        self._waiting = 0
        self._thread = threading.Thread(target=self._run, name="library-graph", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Says that there may be something to do."""
        with self._state:
            self._asked += 1
            self._state.notify_all()

    def pending(self) -> int:
        """How many passages the graph may not hold yet."""
        state, rows = self._known_state(), self._rows.state()
        return 0 if rows is None else max(rows.through - (state.through if state else 0), 0)

    def followed(self) -> int | None:
        """The newest change that the graph has followed; None while there is no graph."""
        state = self._known_state()
        return None if state is None else state.seq

    def settle(self, timeout_s: float | None = None) -> bool:
        """Whether all that was asked for is done, or given up: returns then, or after the time."""
        with self._state:
            asked = self._asked
            self._waiting += 1
            self._state.notify_all()
            try:
                return self._state.wait_for(lambda: self._done >= asked or self._closing, timeout_s)
            finally:
                self._waiting -= 1

    def wait_for_fewer(self, passages: int) -> None:
        """Returns when the graph is at most so many passages behind, or is given up."""
        with self._state:
            while self.pending() > passages and self._failures <= 1 and not self._closing:
                self._state.wait(0.1)

    def opened(self) -> Graph | None:
        """The graph, up to date, loaded if need be; None if there can be none."""
        with self._state:
            self._wanted = True
        self.wake()
        self.settle()
        return self.graph

    def rebuild(self, why: str) -> None:
        """Has the graph thrown away and made again; meanwhile there is none."""
        with self._state:
            self._failures, self._why_anew = 0, why
        self.wake()

    def failed(self, graph: object, error: DamagedGraph) -> None:
        """Has the graph opened or made again after an error that a search met; nothing if that was done meanwhile."""
        with self._state:
            if graph is not self.graph:
                return
            if isinstance(error, LostGraph):
                self._lost = True
            else:
                self._failures, self._why_anew = 0, error.message
        self.wake()

    def close(self) -> None:
        """Returns when the graph's files are let go of; what is not done yet is done after the next opening."""
        with self._state:
            self._closing = True
            self._state.notify_all()
        self._thread.join()
        graph, self.graph = self.graph, None
        if graph is not None:
            graph.close()

    def _run(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._asked > self._done or self._closing)
                if self._closing:
                    return
                asked = self._asked
            done = self._tried()
            with self._state:
                if done:
                    self._done = asked
                self._state.notify_all()

    def _tried(self) -> bool:
        """Whether there is no more to do: the graph is up to date, or it was given up."""
        if self._failures > 1:
            return True
        try:
            self._bring_up_to_date()
        except LostGraph as error:
            log.warning("%s", error.message)
            self._lost = True
            return False
        except OperatorError as error:
            self._failures += 1
            if isinstance(error, DamagedGraph):
                self._give_up(error.message)
            log.warning("The vector graph is behind: %s", error.message)
            return self._failures > 1
        return True

    def _bring_up_to_date(self) -> None:
        if self._why_anew:
            self._give_up(self._why_anew)
            self._why_anew = ""
        if self._lost:
            self._restart()
        rows = self._rows.state()
        seq, alive = self._facets.snapshot()
        if rows is None or (self.graph is None and not self._needed(int(alive.sum()), seq)):
            return
        if self.graph is None:
            fresh = GraphState(library=rows.library, embedder=rows.embedder, seq=seq, through=0)
            self.graph = self._opened(fresh, few=rows.through <= SOONER_MADE_THAN_CHECKED)
        self._drop(self.graph, seq, alive)
        waiting = np.flatnonzero(alive[: rows.through + 1])
        waiting = waiting[waiting > self.graph.state.through]
        for through in put_in_steps(self.graph, self._rows, waiting, self._turns, self._stopped):
            self._mark(self.graph, self.graph.state.model_copy(update={"through": through}))

    def _needed(self, passages: int, seq: int) -> bool:
        """Whether it is worth the second and a half that Chroma takes to load."""
        known = self._known_state()
        behind = known is None or self.pending() > 0 or known.seq < seq
        if known is None and passages < MADE_FROM:
            return False
        return self._wanted or self._suspect or behind or passages > SEARCHED_WITHOUT

    def _opened(self, fresh: GraphState, *, few: bool) -> Graph:
        suspect, self._suspect = self._suspect and self._folder.exists(), False
        if suspect and few:
            self._delete("a crash may have left it half written")
        elif suspect:
            if graph := sound(self._folder, fresh, self._rows.dimensions):
                return graph
            self._delete("a crash has left it half written")
        return opened(self._folder, fresh, self._rows.dimensions)

    def _restart(self) -> None:
        """Lets go of a graph whose process has ended by itself; it is opened again, or made again the second time."""
        now, before = time.monotonic(), self._restarted_s
        self._restarted_s = now
        with self._state:
            self._lost = False
            graph, self.graph = self.graph, None
        if graph is not None:
            graph.close()
        if now - before < RESTARTED_AT_MOST_EVERY_S:
            raise DamagedGraph("The process that has it open ended by itself, and did so again.")
        self._suspect = True

    def _drop(self, graph: Graph, seq: int, alive: Mask) -> None:
        dropped = self._journal.passages_changed(graph.state.seq, seq)
        numbers = graph.numbers() if dropped is None else np.array(dropped, dtype=np.int64)
        gone = (numbers >= len(alive)) | ~alive[np.minimum(numbers, len(alive) - 1)]
        graph.drop(numbers[gone].tolist())
        self._mark(graph, graph.state.model_copy(update={"seq": seq}))

    def _stopped(self) -> bool:
        """Whether there shall be no more steps; returns when the next one need not be put off."""
        with self._state:
            while not (stopped := self._closing or self._lost or bool(self._why_anew)):
                searched = self._turns.searched_within(SEARCHED_LATELY_S)
                if not searched or self._waiting or self.pending() > PUT_OFF:
                    break
                self._state.wait(0.1)
            return stopped

    def _mark(self, graph: Graph, state: GraphState) -> None:
        if state != graph.state:
            graph.mark(state)
        with suppress(OSError):
            self._hint.write_text(state.model_dump_json(), encoding="utf-8")

    def _known_state(self) -> GraphState | None:
        """How far the graph is, without opening it."""
        if self.graph is not None:
            return self.graph.state
        try:
            return GraphState.model_validate_json(self._hint.read_bytes())
        except (OSError, ValueError):
            return None

    def _give_up(self, why: str) -> None:
        graph, self.graph = self.graph, None
        if graph is not None:
            graph.close()
        self._delete(why)

    def _delete(self, why: str) -> None:
        if delete(self._folder, why):
            self._hint.unlink(missing_ok=True)
