"""Running commands in this process, with the environment of a user's shell."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from typer.testing import CliRunner

from kordant_pipelines.cli.main import commands
from kordant_pipelines.domain.errors import KordantError

WIDTH = 80


@dataclass(frozen=True)
class Shell:
    """A terminal of 80 columns; None in its environment unsets a variable."""

    env: Mapping[str, str | None]

    def says(self, *words: str) -> str:
        """What a command that does what is asked prints: no line is wider than the terminal."""
        result = CliRunner().invoke(commands, words, env=self.env)
        if result.exception is not None:
            raise result.exception
        assert result.stderr == ""
        # Lines of JSON may be, for they are for programs.
        wide = [x for x in result.stdout.splitlines() if len(x) > WIDTH and not x.startswith("{")]
        assert wide == []
        return result.stdout

    def records(self, *words: str) -> list[dict[str, Any]]:
        """What a command prints with --json: an object a line."""
        return [json.loads(line) for line in self.says(*words, "--json").splitlines()]

    def refuses(self, *words: str) -> str:
        """What it says of a command that it refuses; `main.app` ends those in words as well."""
        result = CliRunner().invoke(commands, words, env=self.env)
        assert result.stdout == ""
        if isinstance(result.exception, KordantError):
            return str(result.exception)
        assert result.exit_code == 2, result.exception
        return result.stderr


def line_of(text: str, *words: str) -> str:
    """The only line that holds all these words, its columns a blank apart."""
    [line] = [line for line in text.splitlines() if all(word in line.split() for word in words)]
    return " ".join(line.split())
