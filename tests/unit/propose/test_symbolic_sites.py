from __future__ import annotations

from provolve.propose.symbolic.kinds import BOOLEAN, NUMBER


def texts(bench, kind):
    parsed = bench.operator_context().parsed(bench.start.candidate.template)
    return [parsed.text(site.node) for site in parsed.sites_of(kind)]


def site(bench, text):
    parsed = bench.operator_context().parsed(bench.start.candidate.template)
    return next(site for site in parsed.sites if parsed.text(site.node) == text)


def test_numbers_and_conditions_of_an_array_rule(arrays):
    numbers = texts(arrays, NUMBER)
    assert "left - item" in numbers
    assert "-slack" in numbers
    assert texts(arrays, BOOLEAN) == ["slack < _literal_0_"]


def test_scope_holds_what_is_bound_before(arrays):
    assert site(arrays, "left - item").scope.numbers == ("CAPACITY", "item", "left")
    assert site(arrays, "-slack").scope.numbers == ("CAPACITY", "item", "left", "slack")


def test_numpy_functions_get_arrays_and_plain_ones_do_not(arrays, scalars):
    assert site(arrays, "-slack").scope.elementwise
    assert not site(scalars, "-y").scope.elementwise


def test_name_bound_in_both_branches_is_in_scope_after_them(scalars):
    assert site(scalars, "z + _literal_2_").scope.numbers == ("x", "y", "z")


def test_structured_programs_offer_numeric_parts_only(structured):
    found = texts(structured, NUMBER)
    assert {"job[1]", 'job["late"]', "total", 'limits["sum"] - _literal_3_', "place"} <= set(found)
    assert texts(structured, NUMBER).count("total") == 2  # not the one inside the f-string
    assert not {"jobs", "limits", "order", "job", "sorted", "names"} & set(found)


def test_key_of_a_sort_sees_the_argument_of_its_lambda(structured):
    assert "job" in site(structured, "job[1]").scope.names


def test_code_outside_the_regions_is_no_site(bench):
    made = bench(
        "# EVOLVE-BLOCK-START\ndef f(x):\n    return -x\n# EVOLVE-BLOCK-END\ndef g(x):\n    return x - 5\n"
    )
    assert texts(made, NUMBER) == ["-x", "x"]


def test_each_of_several_values_returned_is_a_whole_site(bench):
    made = bench(
        "import numpy as np\n# EVOLVE-BLOCK-START\n"
        "def f(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:\n"
        "    return x - y, np.sign(x), y\n# EVOLVE-BLOCK-END\n"
    )
    parsed = made.operator_context().parsed(made.start.candidate.template)
    assert [parsed.text(site.node) for site in parsed.whole_sites] == ["x - y", "np.sign(x)", "y"]
    assert all(site.kind is NUMBER and site.scope.elementwise for site in parsed.whole_sites)


def test_sizes_and_indices_and_loop_tests_are_no_sites(bench):
    made = bench(
        "import numpy as np\n# EVOLVE-BLOCK-START\ndef f(x, n, m):\n    while n - m > m:\n        n -= 1\n"
        "    for i in range(n + m):\n        x = x[i - m] + np.zeros(n * m)\n"
        "    return -x\n# EVOLVE-BLOCK-END\n"
    )
    found = texts(made, NUMBER)
    assert not {"n + m", "n * m", "i - m", "n - m", "m"} & set(found)
    assert texts(made, BOOLEAN) == []
    assert "-x" in found


def test_a_name_of_one_branch_is_not_in_scope_after_it(bench):
    made = bench(
        "# EVOLVE-BLOCK-START\ndef f(x):\n    if x < 2.0:\n        z = x - 1.0\n"
        "    return -x\n# EVOLVE-BLOCK-END\n"
    )
    assert site(made, "-x").scope.numbers == ("x",)


def test_functions_see_the_module_below_them_and_its_statements_do_not(bench):
    made = bench(
        "# EVOLVE-BLOCK-START\nFIRST = 2.0\nSECOND = -FIRST\ndef f(x):\n    return -x\n# EVOLVE-BLOCK-END\n"
        "THIRD = 4.0\n"
    )
    assert site(made, "-x").scope.numbers == ("FIRST", "SECOND", "THIRD", "x")
    assert site(made, "-FIRST").scope.numbers == ("FIRST",)
