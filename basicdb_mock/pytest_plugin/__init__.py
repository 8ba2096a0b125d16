"""The pytest plug-in: fixtures, marker, options, strict mode, and failures that explain themselves.

Loaded at the start of every pytest run where the package is installed, so nothing heavy is imported outside fixtures.
"""

from __future__ import annotations
