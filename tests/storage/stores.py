"""Fresh stores for the state machine, each in a directory of its own."""

from __future__ import annotations

import shutil
import tempfile
import weakref

from basicdb_mock.storage import Storage, open_storage


class Stores:
    """Opens stores of one scheme, and opens them again in the same place; their directories go with them."""

    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        self.urls: weakref.WeakKeyDictionary[Storage, str] = weakref.WeakKeyDictionary()

    def open(self) -> Storage:
        directory = tempfile.mkdtemp()
        weakref.finalize(self, shutil.rmtree, directory, ignore_errors=True)
        return self.opened(f"{self.scheme}:{directory}/store?durability=off")

    def opened(self, url: str) -> Storage:
        storage = open_storage(url)
        self.urls[storage] = url
        return storage

    def reopen(self, storage: Storage) -> Storage:
        storage.close()
        return self.opened(self.urls[storage])
