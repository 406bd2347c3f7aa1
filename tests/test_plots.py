"""All plots look alike, whatever is set at home; everybody can tell their colours apart."""

import base64
import itertools
import struct
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from matplotlib import RcParams, rc_params_from_file
from matplotlib.colors import to_rgb

from course.environment import TEMPLATES
from course.notebooks import NOTEBOOKS

# What is left of red, green and blue for people without one kind of cone.
# Machado, Oliveira, Fernandes (2009), A physiologically-based model for simulation of color
# vision deficiency, table 1, severity 1.0.
SIGHT = {
    "all cones": np.eye(3),
    "no red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
]
WIDEST = 960  # pixels of a picture in JupyterLab, its file browser open, on a screen of 1366


def style() -> RcParams:
    return rc_params_from_file(TEMPLATES / "matplotlibrc", use_default_template=False)


def linear(colour: str) -> np.ndarray:
    """Red, green and blue as amounts of light."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """CIELAB, in which equal distances look about equally far."""
    x, y, z = (
        np.cbrt(t) if t > 216 / 24389 else 841 / 108 * t + 4 / 29
        for t in TO_XYZ @ light / np.array([0.95047, 1, 1.08883])
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHT)
def test_whoever_looks_can_tell_the_colours_apart(sight):
    colours = style()["axes.prop_cycle"].by_key()["color"]
    seen = {colour: lab(np.clip(SIGHT[sight] @ linear(colour), 0, 1)) for colour in colours}
    assert len(seen) >= 5
    for one, other in itertools.combinations(colours, 2):
        # 2.3 is what can just be told apart side by side
        assert np.linalg.norm(seen[one] - seen[other]) > 14, (one, other)


def test_every_colour_stands_out_from_white():
    for colour in style()["axes.prop_cycle"].by_key()["color"]:
        luminance = linear(colour) @ [0.2126, 0.7152, 0.0722]
        assert 1.05 / (luminance + 0.05) >= 3, f"{colour}: WCAG asks for 3 to 1"


@pytest.mark.parametrize("first", ["course, matplotlib", "matplotlib, course"])
def test_the_style_holds_whichever_is_imported_first(own_state, monkeypatch, first):
    (own_state / "other").mkdir()
    (own_state / "other" / "matplotlibrc").write_text("axes.spines.top: True\n")
    monkeypatch.delenv("MATPLOTLIBRC")
    monkeypatch.setenv("MPLCONFIGDIR", str(own_state / "other"))
    code = f"import {first}; print(matplotlib.rcParams['axes.spines.top'])"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=own_state, capture_output=True, text=True, check=True
    )
    assert told.stdout == "False\n"


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_stored_pictures_fit_a_small_screen(path):
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                width, _ = struct.unpack(">II", base64.b64decode(output.data["image/png"])[16:24])
                assert width <= WIDEST, (cell.id, width)
