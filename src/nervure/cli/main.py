"""The `nervure` command: finds its sub-commands in the folder and tells errors in words."""

import sys
from collections.abc import Sequence

import typer

import nervure
from nervure.base.errors import BadInput, NervureError
from nervure.base.plugins import discover
from nervure.cli import commands
from nervure.cli.command import ASK, CARE, MOVE, RUN, Command

ABOUT = """Nervure: observability for AI in production.

Start with `nervure serve --demo` and open http://127.0.0.1:4318, or point any OpenTelemetry exporter there.
"""
_ORDER = {RUN: 0, ASK: 1, MOVE: 2, CARE: 3}


def build_app() -> typer.Typer:
    """The command line with every command of the folder and of third parties."""
    app = typer.Typer(
        name="nervure",
        help=ABOUT,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    found: dict[str, Command] = discover(commands, "COMMAND")
    for command in sorted(found.values(), key=lambda command: _ORDER.get(command.panel, 9)):
        if isinstance(command.run, typer.Typer):
            app.add_typer(command.run, name=command.name, help=command.summary, rich_help_panel=command.panel)
        else:
            app.command(command.name, help=command.summary or None, rich_help_panel=command.panel)(command.run)

    @app.callback()
    def root(
        version: bool = typer.Option(False, "--version", help="Print the version and stop.", callback=_version),
    ) -> None:
        """Options of the command itself."""

    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point. Exit codes: 0 well, 1 it failed, 2 it was asked for wrongly, 130 interrupted."""
    try:
        build_app()(args=list(arguments) if arguments is not None else None)
    except BadInput as error:
        _tell(error, 2)
    except NervureError as error:
        _tell(error, 1)
    except BrokenPipeError:
        # The reader of our output went away, e.g. `| head`.
        sys.stderr.close()
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)


def _tell(error: Exception, code: int) -> None:
    typer.secho(f"error: {error}", err=True, fg=typer.colors.RED)
    sys.exit(code)


def _version(value: bool) -> None:
    if value:
        typer.echo(nervure.__version__)
        raise typer.Exit


if __name__ == "__main__":
    main()
