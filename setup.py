"""What setup.cfg cannot say: the recordings at the top of the checkout are installed inside the package."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

RECORDINGS = Path("recordings")
NOT_INSTALLED = {".py", ".pyc"}


class BuildWithRecordings(build_py):
    """Puts ``recordings/`` into ``basicdb_mock/recordings``, where ``basicdb-mock verify`` looks for it.

    An editable installation has them where they are.
    """

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for built in self._recordings():
                Path(built).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(RECORDINGS / built.relative_to(self._place()), built)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        told: list[str] = super().get_outputs(include_bytecode)
        return told if self.editable_mode else [*told, *map(str, self._recordings())]

    def _place(self) -> Path:
        return Path(self.build_lib, "basicdb_mock", "recordings")

    def _recordings(self) -> list[Path]:
        found = sorted(path for path in RECORDINGS.rglob("*") if path.is_file() and path.suffix not in NOT_INSTALLED)
        return [self._place() / path.relative_to(RECORDINGS) for path in found]


setup(cmdclass={"build_py": BuildWithRecordings})
