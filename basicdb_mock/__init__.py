"""The Amazon SimpleDB that runs in a test."""

from __future__ import annotations

__version__ = "0.1.0"
