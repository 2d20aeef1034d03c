"""What is shown of a run: renderables of rich, and lines of text. Nothing here prints."""
