"""simpledbv2: a domain's items as JSON files in S3 or a directory, reading them back, and putting them back."""

from basicdb_mock.exports.reading import ExportedDomain, read_export
from basicdb_mock.exports.register import Exports, ExportSettings
from basicdb_mock.exports.restoring import restore_domain

__all__ = ["ExportSettings", "ExportedDomain", "Exports", "read_export", "restore_domain"]
