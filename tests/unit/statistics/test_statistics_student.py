import numpy as np
import pytest
from scipy import special, stats

from provolve.judge.statistics import t_quantile
from provolve.judge.statistics.student import incomplete_beta


@pytest.mark.parametrize("level", [0.6, 0.9, 0.95, 0.975, 0.995, 0.9995, 1 - 1e-9])
def test_quantiles_are_those_of_scipy(level):
    degrees = np.arange(1, 501)
    ours = [t_quantile(level, int(df)) for df in degrees]
    np.testing.assert_allclose(ours, stats.t.isf(1 - level, degrees), rtol=1e-10)


def test_quantiles_are_antisymmetric_about_the_median():
    assert t_quantile(0.5, 3) == pytest.approx(0, abs=1e-12)
    assert t_quantile(0.025, 7) == pytest.approx(-t_quantile(0.975, 7), rel=1e-12)
    assert t_quantile(0.975, 2.5) == pytest.approx(stats.t.ppf(0.975, 2.5), rel=1e-10)


@pytest.mark.parametrize(("probability", "df"), [(0.0, 5), (1.0, 5), (float("nan"), 5), (0.9, 0)])
def test_arguments_out_of_range_are_refused(probability, df):
    with pytest.raises(ValueError, match="degrees of freedom"):
        t_quantile(probability, df)


def test_the_incomplete_beta_function_is_that_of_scipy():
    rng = np.random.default_rng(1)
    for a, b, x in zip(rng.uniform(0.1, 40, 200), rng.uniform(0.1, 40, 200), rng.random(200), strict=True):
        assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-10, abs=1e-14)
    assert (incomplete_beta(2, 3, 0.0), incomplete_beta(2, 3, 1.0)) == (0.0, 1.0)
