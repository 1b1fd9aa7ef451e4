"""What each profile takes of a board stays what it was, within a tenth (make footprint)."""

import json
import sys

import pytest
from support.process import ROOT
from support.program import MACHINE

sys.path.insert(0, str(ROOT / "Tests" / "Footprint"))

import footprint  # noqa: E402
import publish  # noqa: E402

KEPT = json.loads(footprint.FIGURES.read_text())
MIB = 1 << 20


@pytest.fixture(scope="module")
def measured():
    return footprint.measure(idle_seconds=10)


@pytest.mark.slow
@pytest.mark.skipif(MACHINE != "x86_64", reason="the figures are those of x86_64")
class TestFigures:
    def test_none_has_grown_by_more_than_a_tenth(self, measured):
        assert list(footprint.grown(KEPT, measured)) == []

    def test_what_is_measured_is_what_is_kept(self, measured):
        assert {name: set(figures) for name, figures in measured.items()} == {
            name: set(figures) for name, figures in KEPT.items()}

    def test_the_smallest_profile_fits_the_smallest_board(self, measured):
        assert measured["zero"]["0 %"] <= 4 * MIB
        assert measured["zero"]["100 %"] <= 5 * MIB

    def test_silence_writes_nothing(self, measured):
        for profile in footprint.CLIENTS:
            assert measured[profile]["bytes written, idle day"] == 0
            assert measured[profile]["writes and syncs, idle day"] == 0


def test_the_readme_has_the_figures_that_are_kept():
    assert "\n".join(publish.table(KEPT)) in (ROOT / "README.md").read_text()


def test_growth_is_told_from_what_is_within_a_tenth():
    kept = {"zero": {"0 %": 1000, "idle": 0}}
    assert list(footprint.grown(kept, {"zero": {"0 %": 1100, "idle": 0}})) == []
    assert len(list(footprint.grown(kept, {"zero": {"0 %": 1101, "idle": 0}}))) == 1
    assert len(list(footprint.grown(kept, {"zero": {"0 %": 1, "idle": 1}}))) == 1
