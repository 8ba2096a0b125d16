"""What a test rehearses: faults, latency, stale reads."""

from basicdb_mock import errors
from basicdb_mock.rehearsal.effects import Delay, Drop, Effect, Fail, Throttle, Truncate
from basicdb_mock.rehearsal.faults import Fault, Faults, Standing
from basicdb_mock.rehearsal.lag import Lag, LaggingStorage
from basicdb_mock.rehearsal.outcome import Attempt, Dropped, DroppedError, Truncated
from basicdb_mock.rehearsal.spread import Spread

# The errors that tests rehearse most, under the names of their codes.
InternalError = errors.INTERNAL_ERROR
RequestTimeout = errors.REQUEST_TIMEOUT
ServiceBusy = errors.SERVICE_BUSY
ServiceUnavailable = errors.SERVICE_UNAVAILABLE

__all__ = [
    "Attempt",
    "Delay",
    "Drop",
    "Dropped",
    "DroppedError",
    "Effect",
    "Fail",
    "Fault",
    "Faults",
    "InternalError",
    "Lag",
    "LaggingStorage",
    "RequestTimeout",
    "ServiceBusy",
    "ServiceUnavailable",
    "Spread",
    "Standing",
    "Throttle",
    "Truncate",
    "Truncated",
]
