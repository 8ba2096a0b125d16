"""The export API, simpledbv2: writing a domain's items as JSON files to S3 or a directory, and reading them back."""

from basicdb_mock.exports.reading import ExportedDomain, read_export
from basicdb_mock.exports.register import Exports, ExportSettings
from basicdb_mock.exports.restoring import restore_domain

__all__ = ["ExportSettings", "ExportedDomain", "Exports", "read_export", "restore_domain"]
