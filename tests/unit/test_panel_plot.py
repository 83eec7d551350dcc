"""The plot of a panel's report is legible, however crowded."""

from itertools import combinations

import numpy as np

from agents.panel.report import Wish, report_on
from server.label_places import Box, place_labels
from server.report_plot import draw
from tests.simulated import simulated_answers, simulated_questions


def test_labels_lie_neither_on_each_other_nor_on_points() -> None:
    chance = np.random.default_rng(0)
    spots = [(float(x), float(y)) for x, y in chance.normal((300, 200), (60, 40), (31, 2))]
    spots[5] = spots[6]
    labels = place_labels(spots, [(90.0, 11.0)] * 31, Box(0, 0, 600, 400), 5.0)
    marks = [Box(x - 5, y - 5, x + 5, y + 5) for x, y in spots]
    assert not [pair for pair in combinations(labels, 2) if pair[0].box.meets(pair[1].box)]
    assert not [label for label in labels if any(label.box.meets(mark) for mark in marks)]
    assert all(label.box.inside(Box(0, 0, 600, 400)) for label in labels)


def test_the_plot_of_twenty_experts_is_legible() -> None:
    experts = {f"answerer@model-{i:02d}-instruct-v$1_{i}": (0.3 + 0.025 * i,) for i in range(20)}
    prices = {name: 0.0002 * 1.3**i for i, name in enumerate(experts)}
    report = report_on(simulated_answers(simulated_questions(60), experts, prices), Wish())
    figure = draw(report)
    front, below, calibration = figure.axes
    assert "US dollars" in front.get_xlabel()
    assert "%" in front.get_ylabel()
    assert "%" in below.get_xlabel()
    assert calibration.get_ylabel()
    boxes = {text.get_text(): text.get_window_extent() for text in front.texts}
    assert {name.removeprefix("answerer@") for name in experts} | {"adaptive, balanced"} <= set(boxes)
    assert not [(a, b) for a, b in combinations(boxes, 2) if boxes[a].overlaps(boxes[b])]
    area = front.get_window_extent()
    assert all(area.x0 <= box.x0 and box.x1 <= area.x1 for box in boxes.values())
