"""The pytest plug-in: fixtures, marker, options, strict mode, and failures that explain themselves.

pytest loads it at the start of every run where the package is installed, so only fixtures import heavy modules.
"""

from __future__ import annotations
