"""The command ``provolve``: finds the module of a command, and turns every failure into a message and a code.

Exit codes: 0 finished, 1 failed, 2 usage, 3 stopped and resumable.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from provolve import __version__
from provolve.errors import ProvolveError, UsageError

COMMANDS = (
    "run",
    "resume",
    "mcp",
    "runs",
    "show",
    "apply",
    "verify",
    "export",
    "score",
    "select",
    "tasks",
    "new",
    "lint",
    "doctor",
)
"""In the order of ``--help``; each is a module of this room that holds a ``command``."""
FAILED, USAGE, STOPPED = 1, 2, 3
_TRACEBACK = "PROVOLVE_TRACEBACK"


class Commands(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"provolve.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first of ``args`` names; a wrong name is answered with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]}?" if near else "`provolve --help` lists the commands"
            raise UsageError(f"there is no command {args[0]!r}: {hint}")
        return super().resolve_command(ctx, args)

    def main(  # type: ignore[override]
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run the command that ``args`` name and exit with its code, whatever happens in it."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                # A terminal that cannot show a character gets its escape, not a traceback.
                stream.reconfigure(errors="backslashreplace")
        extra["standalone_mode"] = False
        try:
            code = super().main(args, prog_name or "provolve", **extra)
            sys.stdout.flush()
        except Exception as error:  # noqa: BLE001 - the outermost place: everything becomes a message
            code = _explain(error)
        except KeyboardInterrupt:
            code = _say("interrupted", FAILED)
        sys.exit(code if isinstance(code, int) else 0)


def _explain(error: Exception) -> int:
    """Say what went wrong on stderr, on one line where it can be; return the exit code."""
    if os.environ.get(_TRACEBACK):
        traceback.print_exception(error)
    match error:
        case ProvolveError():
            return _say(str(error), error.exit_code)
        case click.Abort():
            return _say("interrupted", FAILED)
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return USAGE
        case click.ClickException():
            context = getattr(error, "ctx", None)
            path = "provolve" if context is None else context.command_path
            return _say(f"{_flat(error.format_message())} (`{path} --help` says more)", error.exit_code)
        case BrokenPipeError():
            silence_stdout()
            return FAILED
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return _say(
                f"{where}{error.strerror or error}: check the path, its permissions and the disk", FAILED
            )
        case MemoryError():
            return _say("out of memory: use smaller instances or fewer workers", FAILED)
    if _is_sandbox_error(error):
        return _say(str(error), FAILED)
    return _say(
        f"something went wrong that should not ({type(error).__name__}: {_flat(str(error))}). Please report "
        f"it; {_TRACEBACK}=1 in the environment shows where it happened",
        FAILED,
    )


def _say(message: str, code: int) -> int:
    from provolve.report.text import harmless

    click.echo(f"provolve: {harmless(message)}", err=True)
    return code


def _flat(text: str) -> str:
    flat = " ".join(text.split()).rstrip(".")
    return flat[:1].lower() + flat[1:]


def _is_sandbox_error(error: Exception) -> bool:
    from provolve.sandbox import SandboxError  # of another tree: the sandbox imports nothing of ours

    return isinstance(error, SandboxError)


def silence_stdout() -> None:
    """Whoever read the output has gone: keep the interpreter from complaining about it at its end."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


@click.command("provolve", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="provolve")
def group() -> None:
    """Search for a better program, and believe nothing it says about itself.

    Give it a TASK: a program, and a judge that the program cannot reach.
    """


def main() -> NoReturn:
    """Run the command line."""
    group.main()
