"""The in-process doors: SimpleDB requests of this process reach an engine instead of the network.

`registry` knows which SimpleDB is active; `seams` puts our functions in front of other packages' while one is, and
each of `botocore`, `aiobotocore`, `requests`, `responses` and `moto` is the one file that knows that package's insides.
"""

from __future__ import annotations
