"""``pytest --simpledb-record DIR``: a transcript a test."""

from __future__ import annotations

import pytest

from basicdb_mock.transcripts.in_process import transcript_of_test
from basicdb_mock.transcripts.reading import load
from basicdb_mock.transcripts.replay import replay
from basicdb_mock.transcripts.stages import on_engine

SUITE = """
    import pytest

    @pytest.fixture
    def books(simpledb):
        client = simpledb.client()
        client.create_domain(DomainName="books")
        return client

    @pytest.mark.parametrize("year", ["1984", "a/b"])
    def test_years(books, year):
        books.put_attributes(DomainName="books", ItemName="i", Attributes=[{"Name": "year", "Value": year}])
        assert books.get_attributes(DomainName="books", ItemName="i", ConsistentRead=True)["Attributes"]

    def test_without_simpledb():
        pass
"""


def test_each_test_that_calls_simpledb_leaves_a_transcript_that_replays(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_books=SUITE)

    suite.runpytest("--simpledb-record", "recorded").assert_outcomes(passed=3)

    files = sorted((suite.path / "recorded").rglob("*.yaml"))
    assert [file.parent.name for file in files] == ["test_books", "test_books"]
    transcript = load(files[0])
    assert transcript.title == "test_books.py::test_years[1984]"
    assert [call.action for call in transcript.calls()] == ["CreateDomain", "PutAttributes", "GetAttributes"]
    with on_engine(transcript) as stage:
        assert replay(transcript, stage).explanation() == ""


def test_where_nothing_can_be_written_is_told_at_the_start(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_books=SUITE)
    (suite.path / "file").write_text("")
    result = suite.runpytest("--simpledb-record", "file/below")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--simpledb-record file/below: Not a directory"])


def test_without_the_option_nothing_is_written(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_books=SUITE)

    suite.runpytest().assert_outcomes(passed=3)

    assert not list(suite.path.rglob("*.yaml"))


def test_every_test_has_a_file_of_its_own_inside_the_directory() -> None:
    module = "tests/test_a.py"
    names = [f"{module}::test_b", f"{module}::test_b[1/2]", f"{module}::test_b[1-2]", "../x.py::y", ":"]
    files = [transcript_of_test("out", name) for name in names]

    assert len(set(files)) == len(names)
    assert files[0].as_posix() == "out/tests/test_a/test_b.yaml"
    assert all(file.resolve().is_relative_to(file.cwd() / "out") for file in files)
