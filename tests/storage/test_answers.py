"""What a client is answered when the disk under the storage fails."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from basicdb_mock.engine import Engine
from basicdb_mock.storage.files.disk import Disk
from basicdb_mock.storage.files.storage import FilesStorage
from basicdb_mock.storage.sqlite import connections
from tests.calling import straight_into


class FailingDisk(Disk):
    """A disk whose writes fail with an error while there is one."""

    error: int | None = None

    def write(self, descriptor: int, content: bytes) -> None:
        if self.error is not None:
            raise OSError(self.error, "as the test wants it")
        super().write(descriptor, content)


@pytest.mark.parametrize(
    ("error", "status", "code"), [(errno.ENOSPC, 503, "ServiceUnavailable"), (errno.EIO, 500, "InternalError")]
)
def test_a_disk_that_fails_is_an_error_of_the_service_until_it_works_again(
    error: int, status: int, code: str, tmp_path: Path
) -> None:
    disk = FailingDisk("off")
    with closing(Engine(FilesStorage(str(tmp_path / "store"), disk))) as engine:
        call = straight_into(engine)
        call.create("books")
        disk.error = error
        answer = call.put("books", "i", ("a", "1"))
        assert (answer.status, answer.code) == (status, code)
        assert call.get("books", "i") == []
        disk.error = None
        assert call.put("books", "i", ("a", "1")).status == 200
        assert call.get("books", "i") == [("a", "1")]


def test_a_store_that_others_keep_locked_is_a_service_that_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.05)
    path = tmp_path / "store"
    with closing(Engine(f"sqlite:{path}")) as engine, closing(sqlite3.connect(path)) as other:
        call = straight_into(engine)
        call.create("books")
        other.execute("begin immediate")
        answer = call.put("books", "i", ("a", "1"))
        assert (answer.status, answer.code) == (503, "ServiceUnavailable")
        other.execute("rollback")
        assert call.put("books", "i", ("a", "1")).status == 200


def test_a_broken_file_fails_its_own_item_and_no_other(tmp_path: Path) -> None:
    with closing(Engine(f"files:{tmp_path}/store?durability=off")) as engine:
        call = straight_into(engine)
        call.create("books")
        for item in "ijkl":
            call.put("books", item, ("a", "1"))
        (broken,) = tmp_path.rglob("j.json")
        broken.write_text("{")
        assert call("GetAttributes", DomainName="books", ItemName="j").code == "InternalError"
        assert call.get("books", "k") == [("a", "1")]
        assert call.select("select * from books limit 2").item_names == ["i", "k"]
        assert call.select("select * from books").code == "InternalError"
