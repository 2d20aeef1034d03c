"""Keys never reach what is recorded."""

from hypothesis import given
from hypothesis import strategies as st

from provolve.propose.redaction import Redaction

SECRET = "very-secret-0123456789"


@given(st.text(), st.text())
def test_no_secret_of_the_environment_is_left(before: str, after: str) -> None:
    redact = Redaction({"OPENAI_API_KEY": SECRET, "MY_TOKEN": SECRET + "/more", "HOME": "/home/me"})
    assert SECRET not in redact(before + SECRET + after)
    assert SECRET not in redact(f"{before}{SECRET}/more{after}")


def test_forms_of_keys_are_hidden_and_other_words_are_not() -> None:
    redact = Redaction({"HOME": "/home/me", "TOKENIZERS": "parallel", "OTHER_KEY": "short"})
    assert "abcdef" not in redact("sk-abcdefghijklmnop1234 and more")
    assert "abcdef" not in redact("Authorization: Bearer abcdefghij")
    text = "parallel short /home/me task-of-the-day"
    assert redact(text) == text
