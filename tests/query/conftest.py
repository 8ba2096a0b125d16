from __future__ import annotations

import pytest

from tests.query.asking import Asker, told


@pytest.fixture
def asker() -> Asker:
    return Asker()


@pytest.fixture
def books(asker: Asker) -> Asker:
    """The guide's sample domain, as ``books``."""
    asker.fill("books", told("guide.yaml")["domain"])
    return asker
