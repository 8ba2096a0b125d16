"""simpledbv2: a domain's items as JSON files in S3 or a directory, and reading them back."""

from basicdb_mock.exports.reading import ExportedDomain, read_export
from basicdb_mock.exports.register import Exports, ExportSettings

__all__ = ["ExportSettings", "ExportedDomain", "Exports", "read_export"]
