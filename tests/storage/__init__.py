import pytest

pytest.register_assert_rewrite("basicdb_mock.storage.testing")
