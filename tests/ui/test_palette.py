"""The palette keeps its promises: apart for everyone, visible on its page, the same for the same thing."""

from itertools import combinations

import numpy as np
import pytest

from mtrec_core.ui.charts.palette import DARK, DASHES, LIGHT, QUIET, faint, run_style, task_colour
from mtrec_core.ui.theme import SHADES

TASKS = ("purchase", "high_value", "ad_click")

# Machado, Oliveira and Fernandes 2009, severity 1: what those see who lack a kind of cone, in linear RGB.
SEEN = {
    "everyone": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson 2020."""
    cones = np.array(
        [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
         [0.0883024619, 0.2817188376, 0.6299787005]]
    )  # fmt: skip
    lab = np.array(
        [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
         [0.0259040371, 0.7827717662, -0.8086757660]]
    )  # fmt: skip
    return lab @ np.cbrt(cones @ rgb.clip(0, 1))


def contrast(one: str, other: str) -> float:
    """WCAG 2."""
    light = sorted(float(np.array([0.2126, 0.7152, 0.0722]) @ linear(colour)) for colour in (one, other))
    return (light[1] + 0.05) / (light[0] + 0.05)


def least_distance(colours: tuple[str, ...], seen_by: str) -> float:
    seen = [oklab(SEEN[seen_by] @ linear(colour)) for colour in colours]
    return min(float(np.linalg.norm(one - other)) for one, other in combinations(seen, 2))


@pytest.mark.parametrize("seen_by", SEEN)
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_any_two_colours_stay_apart_for_everyone(colours, seen_by):
    # 0.02 is about the least difference that an eye notices between patches side by side.
    assert least_distance(colours, seen_by) > 0.055


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_colour_shows_on_its_page(dark):
    # 3 is what WCAG asks of lines in charts.
    colours = [*(DARK if dark else LIGHT), QUIET[dark]]
    assert min(contrast(colour, SHADES[dark].page) for colour in colours) >= 3


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_texts_can_be_read(dark):
    shades = SHADES[dark]
    assert contrast(shades.text, shades.page) >= 7
    assert contrast(shades.quiet_text, shades.page) >= 4.5
    assert contrast(shades.quiet_text, shades.panel) >= 4.5


def test_a_task_has_its_colour_whatever_other_tasks_are_shown():
    assert task_colour("ad_click", TASKS) == LIGHT[2]
    assert task_colour("ad_click", TASKS, dark=True) == DARK[2]


def test_a_task_of_another_dataset_is_grey():
    assert task_colour("", TASKS) == QUIET[False]


def test_32_runs_look_different_and_the_same_number_looks_the_same():
    styles = [(style.colour, style.dash) for style in map(run_style, range(1, 33))]
    assert len(set(styles)) == len(LIGHT) * len(DASHES) == 32
    assert run_style(33) == run_style(1)


def test_a_faint_colour_is_the_same_colour_let_through():
    assert faint("#0072B2", 0.25) == "rgba(0,114,178,0.25)"
