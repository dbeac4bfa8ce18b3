"""Where programs' lines go."""

import io
from pathlib import Path

from kordant_pipelines.runtime.sinks import ConsoleSink, FileSink


class GoneReader(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError


def test_names_are_aligned_and_plain_off_a_terminal() -> None:
    stream = io.StringIO()
    sink = ConsoleSink(stream, names=["postgres", "web"])
    sink.line("web", "up")
    sink.line("postgres", "ready")
    assert stream.getvalue() == "web      | up\npostgres | ready\n"


def test_each_program_keeps_a_colour_of_its_own() -> None:
    stream = io.StringIO()
    sink = ConsoleSink(stream, colour=True)
    for name in ("a", "b", "a"):
        sink.line(name, "x")
    first, second, third = stream.getvalue().splitlines()
    assert first == third == "\x1b[36ma |\x1b[0m x"
    assert second == "\x1b[33mb |\x1b[0m x"


def test_a_reader_that_went_away_is_no_error() -> None:
    stream = GoneReader()
    sink = ConsoleSink(stream)
    sink.line("a", "one")
    sink.line("a", "two")
    assert "two" not in stream.getvalue()


def test_files_rotate_by_size_and_keep_percent_signs(tmp_path: Path) -> None:
    sink = FileSink(tmp_path, max_bytes=100, backups=2)
    for number in range(30):
        sink.line("worker", f"100% of %s {number:02}")
    sink.line("web", "é")
    sink.close()
    assert (tmp_path / "web.log").read_text(encoding="utf-8") == "é\n"
    files = sorted(path.name for path in tmp_path.glob("worker.log*"))
    assert files == ["worker.log", "worker.log.1", "worker.log.2"]
    assert (tmp_path / "worker.log").read_text().endswith("100% of %s 29\n")
    assert all((tmp_path / name).stat().st_size <= 100 for name in files)


def test_colours_of_programs_are_dropped_off_a_terminal_and_in_files(tmp_path: Path) -> None:
    coloured = "\x1b[32m12:00\x1b[0m ready"
    stream = io.StringIO()
    ConsoleSink(stream, ["web"], colour=False).line("web", coloured)
    files = FileSink(tmp_path)
    files.line("web", coloured)
    files.close()
    assert stream.getvalue() == "web | 12:00 ready\n"
    assert (tmp_path / "web.log").read_text() == "12:00 ready\n"
