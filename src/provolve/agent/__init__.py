"""A server by which coding agents drive a run: the Model Context Protocol over stdio or loopback."""
