"""The incidents of incidents.py, once, at the same time and in one order of chance: who is told what, how often, how soon."""

import statistics

from incident_stage import QUICK, play
from incidents import round_of


def test_one_fault_is_one_message_to_the_right_people(tmp_path, capsys):
    seed = 1  # a failure can be repeated; other orders are played by hand
    outcome = play(tmp_path, seed, round_of(seed))
    with capsys.disabled():
        print(f"\nincidents, seed {seed}: {outcome}")
    assert outcome.problems == [], f"again with tests/e2e/incidents.py --seed {seed}"
    assert outcome.firing <= 1.05 * outcome.faults
    # A probe, a scrape and an evaluation, each up to a second: 1.5 s on average, and the machine may be busy.
    assert statistics.median(outcome.seconds_to_certain) <= QUICK.group_wait + 3
