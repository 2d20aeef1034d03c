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
    assert texts(arrays, BOOLEAN) == ["slack < (_literal_0_)"]


def test_scope_holds_what_is_bound_before(arrays):
    assert site(arrays, "left - item").scope.numbers == ("CAPACITY", "item", "left")
    assert site(arrays, "-slack").scope.numbers == ("CAPACITY", "item", "left", "slack")


def test_numpy_functions_get_arrays_and_plain_ones_do_not(arrays, scalars):
    assert site(arrays, "-slack").scope.elementwise
    assert not site(scalars, "-y").scope.elementwise


def test_name_bound_in_both_branches_is_in_scope_after_them(scalars):
    assert site(scalars, "z + (_literal_2_)").scope.numbers == ("x", "y", "z")


def test_structured_programs_offer_numeric_parts_only(structured):
    found = texts(structured, NUMBER)
    assert {"job[1]", 'job["late"]', "total", 'limits["sum"] - (_literal_3_)', "place"} <= set(found)
    assert not {"jobs", "limits", "order", "job", "sorted", "total + 1"} & set(found)


def test_key_of_a_sort_sees_the_argument_of_its_lambda(structured):
    assert "job" in site(structured, "job[1]").scope.names


def test_code_outside_the_regions_is_no_site(bench):
    made = bench(
        "# EVOLVE-BLOCK-START\ndef f(x):\n    return -x\n# EVOLVE-BLOCK-END\ndef g(x):\n    return x - 5\n"
    )
    assert texts(made, NUMBER) == ["-x", "x"]


def test_sizes_and_indices_and_loop_tests_are_no_sites(bench):
    made = bench(
        "import numpy as np\n# EVOLVE-BLOCK-START\ndef f(x, n):\n    while n > 2:\n        n -= 1\n"
        "    for i in range(n + 3):\n        x = x[i - 1] + np.zeros(n * 7)\n"
        "    return -x\n# EVOLVE-BLOCK-END\n"
    )
    found = texts(made, NUMBER)
    assert not {"n + 3", "n * 7", "i - 1"} & set(found)
    assert texts(made, BOOLEAN) == []
    assert "-x" in found
