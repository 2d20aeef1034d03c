"""The harnesses that the forms of an answer have by default; each is read as text and runs in the sandbox."""
