"""The lab's statistics of real trials, computed a second time with SciPy. Skipped without SciPy, or without a lab:
`CONCURRENCY_LAB_PROGRAM` names one, else the newest in `target` is taken."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from pathlib import Path
from typing import Any

import pytest

np = pytest.importorskip("numpy", reason="NumPy and SciPy are not installed")
stats = pytest.importorskip("scipy.stats", reason="SciPy is not installed")

ROUNDS = 15
# For a difference to be claimed: how often ranks as uneven may occur by chance, and the least ratio.
LEVEL = 1 / 400
MARGIN = 1.005
# Two models that do the same, two that may differ, and two that do.
EXPERIMENTS = [
    ("thread-pool,thread-pool", "8"),
    ("threads,async", "8"),
    ("threads,thread-pool", "8"),
    ("sequential,async", "3"),
    ("rayon,thread-pool", "6"),
]


def lab() -> Path:
    named = os.environ.get("CONCURRENCY_LAB_PROGRAM")
    target = Path(__file__).resolve().parents[2] / "target"
    built = [target / profile / "concurrency-lab" for profile in ("debug", "release")]
    found = [Path(named)] if named else [path for path in built if path.exists()]
    if not found:
        pytest.skip("there is no lab: build one, or name it by CONCURRENCY_LAB_PROGRAM")
    return max(found, key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="module", params=EXPERIMENTS, ids=[models for models, _ in EXPERIMENTS])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    models, tasks = request.param
    command = [lab(), "run", "quick-tour", "--models", models, "--tasks", tasks, "--task-ms", "2"]
    command += ["--trials", str(ROUNDS), "--warmups", "0", "--no-save", "--quiet", "--json", "-"]
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "HOME": str(home), "CONCURRENCY_LAB_DATA": str(home)}
    out = subprocess.run(command, check=True, capture_output=True, env=environment, timeout=300).stdout
    found: dict[str, Any] = json.loads(out)
    return found


def walls(model: dict[str, Any]) -> Any:
    """Wall times in the order of the rounds."""
    trials = sorted(model["trials"], key=lambda trial: int(trial["trial"]))
    assert [trial["trial"] for trial in trials] == list(range(1, ROUNDS + 1))
    return np.array([trial["wall_ms"] for trial in trials])


def test_centre_and_spread(run: dict[str, Any]) -> None:
    for model in run["models"]:
        wall = walls(model)
        described = stats.describe(wall)
        assert model["wall_ms_median"] == pytest.approx(np.median(wall), rel=1e-9)
        assert model["wall_ms_mean"] == pytest.approx(described.mean, rel=1e-9)
        assert model["wall_ms_stddev"] == pytest.approx(described.variance**0.5, rel=1e-9)
        assert (model["wall_ms_min"], model["wall_ms_max"]) == pytest.approx(described.minmax, rel=1e-9)


def test_interval_of_a_median(run: dict[str, Any]) -> None:
    """The narrowest pair of order statistics, as many from either end, that has 95 % by the binomial distribution."""
    for model in run["models"]:
        ordered = np.sort(walls(model))
        rank = max(rank for rank in range(1, ROUNDS // 2) if 2 * stats.binom.cdf(rank - 1, ROUNDS, 0.5) <= 0.05)
        expected = (ordered[rank - 1], ordered[-rank])
        assert (model["wall_ms_ci95_low"], model["wall_ms_ci95_high"]) == pytest.approx(expected, rel=1e-9)
        low, high = stats.quantile_test(ordered, p=0.5).confidence_interval(0.95)
        assert ordered[rank - 1] == low and ordered[-rank] <= high


def test_ratio_and_its_interval(run: dict[str, Any]) -> None:
    """Paired by round. The interval is a bootstrap, so another one has as many of its medians beyond each end."""
    reference, other = run["models"]
    assert reference["speedup"] == 1.0
    logs = np.log(walls(reference) / walls(other))
    assert other["speedup"] == pytest.approx(np.exp(np.median(logs)), rel=1e-9)
    # The tail of the normal distribution at Student's quantile: percentiles are too narrow for few values.
    tail = stats.norm.sf((ROUNDS / (ROUNDS - 1)) ** 0.5 * stats.t.ppf(0.975, ROUNDS - 1))
    again = stats.bootstrap((logs,), np.median, n_resamples=40_000, method="percentile")
    medians = np.exp(again.bootstrap_distribution)
    low, high = other["speedup_ci95_low"], other["speedup_ci95_high"]
    for below, until in (
        (medians < low * (1 - 1e-9), medians < low * (1 + 1e-9)),
        (medians > high * (1 + 1e-9), medians > high * (1 - 1e-9)),
    ):
        assert below.mean() <= tail + 0.004 and until.mean() >= tail - 0.004


def test_a_difference_is_claimed_where_median_interval_and_ranks_agree(run: dict[str, Any]) -> None:
    reference, other = run["models"]
    one, two = np.log(walls(reference)), np.log(walls(other))
    signed = stats.wilcoxon(one, two, method="exact").pvalue
    sums = stats.mannwhitneyu(one, two, method="exact").pvalue
    ranks = min(signed, sums) <= LEVEL
    interval = not other["speedup_ci95_low"] <= 1.0 <= other["speedup_ci95_high"]
    median = abs(statistics.median(one - two)) > np.log(MARGIN)
    claimed = len(run["verdict"]["fastest"]) == 1
    assert claimed == (ranks and interval and median), (signed, sums, interval, other["speedup"])
