"""The campaign in short: fixed seeds, every part, and nothing may be wrong (tests/campaign)."""

import os

import pytest

from dlt_pipelines.marketplace.troubles import TROUBLES
from tests.campaign.__main__ import main, run, shares
from tests.campaign.fed import LINES_A_TRIAL, ONE_IN
from tests.campaign.interrupted import ONE_RUN_IN
from tests.campaign.trial import Trial, table
from tests.campaign.view import Breaches

on_unix = pytest.mark.skipif(os.name == "nt", reason="processes are killed by Unix signals")
# The trials by number. Left to the command: those that run the whole course or all of dbt's tests.
SHORT = {
    "loads": [number for number in range(21) if number % ONE_RUN_IN != ONE_RUN_IN - 1],
    "increments": range(10),
    "dbt": [number for number in range(13) if number % 4 != 3],
    "api": range(0, len(TROUBLES), 5),
    "disk": range(5),
    "looks": range(2),
    "fuzz": range(-(-200 * ONE_IN // LINES_A_TRIAL)),
}


@pytest.fixture(scope="class")
def folder(tmp_path_factory):
    """What several parts start from is made once."""
    return tmp_path_factory.mktemp("campaign")


def assert_nothing_is_wrong(folder, part):
    results = run({part: SHORT[part]}, 1, folder)
    assert len(results) == len(SHORT[part])
    wrong = [trial.line() for trial in results if trial.is_wrong]
    assert not wrong, "\n".join([*wrong, table(results, {})])


# Two classes, so that two workers share them.
@pytest.mark.slow
@on_unix
class TestKilledLoads:
    @pytest.mark.parametrize("part", ["loads", "increments"])
    def test_nothing_is_lost_doubled_or_half_seen(self, folder, part):
        assert_nothing_is_wrong(folder, part)


@pytest.mark.slow
class TestTheRest:
    @on_unix
    @pytest.mark.parametrize("part", ["dbt", "disk", "looks"])
    def test_nothing_is_lost_or_doubled(self, folder, part):
        assert_nothing_is_wrong(folder, part)

    def test_no_trouble_of_the_api_leaves_half_a_load(self, folder):
        assert_nothing_is_wrong(folder, "api")

    def test_malformed_lines_end_alike_in_bulk_and_line_by_line(self, folder):
        assert_nothing_is_wrong(folder, "fuzz")


def test_the_command_shares_trials_out_and_knows_its_parts(capsys):
    assert shares(["loads", "fuzz"], 9) == {"loads": range(8), "fuzz": range(1)}
    assert len(shares(["api", "dbt"], 3)["api"]) == len(TROUBLES)
    with pytest.raises(SystemExit) as helped:
        main(["--help"])
    assert helped.value.code == 0
    assert "--trials" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--only", "loads,nothing"])


def test_the_table_adds_up_what_is_wrong():
    good = Trial("loads", "quiet", models_differ=[])
    bad = Trial("loads", "loud", ["prices"], [Breaches(books=2, orphans=1)], commands=3)
    assert (good.is_wrong, bad.is_wrong) == (False, True)
    assert "| loads | 2 | 1 | 2 | 1 | 0 | 0 | 0 of 1 | 0 | 3 |" in table([good, bad], {})
    assert table([], {"disk": "no"}).endswith("disk skipped: no")
