"""Unified diffs for people."""

from provolve.program import unified_diff


def diff(before: str, after: str) -> str:
    return unified_diff(before, after, before_name="seed.py", after_name="champion.py")


def test_a_diff_names_both_and_marks_the_lines() -> None:
    assert diff("a\nb\nc\n", "a\nB\nc\n") == (
        "--- seed.py\n+++ champion.py\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"
    )


def test_equal_texts_have_no_diff() -> None:
    assert diff("a\n", "a\n") == ""


def test_missing_newlines_at_the_end_are_noted() -> None:
    note = "\\ No newline at end of file\n"
    assert diff("a\nb", "a\nc").endswith(f"-b\n{note}+c\n{note}")
    assert diff("a\nb", "a\nb\n").endswith(f"-b\n{note}+b\n")
    assert diff("b", "").endswith(f"-b\n{note}")


def test_form_feeds_end_no_line() -> None:
    assert "-a\x0cb\n+a\x0cc\n" in diff("a\x0cb\n", "a\x0cc\n")
