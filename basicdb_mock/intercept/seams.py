"""Where we patch other packages: their functions that ours wrap while a mock is active.

Nothing is imported for it.  A package that is loaded already is patched when the first mock starts; one that is loaded
later is patched right then, by a finder in ``sys.meta_path``.  When the last mock stops, every function is restored.
Only one module of this directory knows the internals of each package.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

Action: TypeAlias = "Callable[[], None] | str"
"""What is to be done; as ``module:function`` of this room it costs nothing before."""

_OURS = "_basicdb_mock_stands_before"


class Seam(NamedTuple):
    """``attribute`` of the class ``owner`` in ``module``, and what wraps it: ``wrapper`` of our module ``ours``."""

    module: str
    owner: str
    attribute: str
    ours: str
    wrapper: str

    def apply(self) -> None:
        owner = getattr(sys.modules.get(self.module), self.owner, None)
        if owner is None:
            return
        current = owner.__dict__.get(self.attribute)
        if current is None or hasattr(current, _OURS):
            return
        make: Callable[[Any], Any] = getattr(import_module(self.ours), self.wrapper)
        replacement = make(current)
        setattr(replacement, _OURS, current)
        setattr(owner, self.attribute, replacement)

    def remove(self) -> None:
        owner = getattr(sys.modules.get(self.module), self.owner, None)
        # If another library has patched over ours since, ours stays in place, inactive, until the next time.
        original = getattr(getattr(owner, "__dict__", {}).get(self.attribute), _OURS, None)
        if original is not None:
            setattr(owner, self.attribute, original)


_HERE = "basicdb_mock.intercept"
SEAMS = (
    Seam("botocore.httpsession", "URLLib3Session", "send", f"{_HERE}.botocore", "answer_before_send"),
    Seam("botocore.signers", "RequestSigner", "sign", f"{_HERE}.botocore", "lend_before_sign"),
    Seam("botocore.client", "BaseClient", "_convert_to_request_dict", f"{_HERE}.botocore", "remember_user_agent"),
    Seam("botocore.validate", "ParamValidationDecorator", "serialize_to_request", f"{_HERE}.forms", "write_at_once"),
    Seam("aiobotocore.httpsession", "AIOHTTPSession", "send", f"{_HERE}.aiobotocore", "answer_before_send"),
    Seam("aiobotocore.endpoint", "AioEndpoint", "create_request", f"{_HERE}.aiobotocore", "mark_as_async"),
    Seam("aiobotocore.signers", "AioRequestSigner", "sign", f"{_HERE}.aiobotocore", "lend_before_sign"),
    Seam("requests.adapters", "HTTPAdapter", "send", f"{_HERE}.requests", "answer_before_send"),
    Seam("responses", "RequestsMock", "_find_match", f"{_HERE}.responses", "match_after_users"),
    Seam("moto.core.botocore_stubber", "BotocoreStubber", "__call__", f"{_HERE}.moto", "stand_aside"),
    Seam("boto.connection", "AWSAuthConnection", "get_http_connection", f"{_HERE}.boto2", "connect_to_active"),
    Seam("boto.connection", "AWSAuthConnection", "new_http_connection", f"{_HERE}.boto2", "connect_to_active"),
)

MOTO = (
    Seam("moto.core.models", "MockAWS", "_enable_patching", f"{_HERE}.moto", "begin_with_moto"),
    Seam("moto.core.models", "MockAWS", "_disable_patching", f"{_HERE}.moto", "end_with_moto"),
    Seam("moto.core.botocore_stubber", "BotocoreStubber", "process_request", f"{_HERE}.moto", "answer_for_moto"),
)
"""These stay from :func:`basicdb_mock.moto.install` on."""

_lock = threading.RLock()
_engaged = threading.Event()
_when_loaded: dict[str, list[Action]] = {}
_in_moto = threading.Event()


def engage() -> None:
    """Wrap every function of :data:`SEAMS` that is loaded, and the others as soon as they are."""
    with _lock:
        _engaged.set()
        for seam in SEAMS:
            seam.apply()


def release() -> None:
    """Restore every function."""
    with _lock:
        _engaged.clear()
        for seam in SEAMS:
            seam.remove()


def listen() -> None:
    """Add our handlers to all botocore sessions created from now on, as soon as botocore is loaded."""
    _watch()
    when_loaded("botocore.handlers", "botocore:register")


MOTO_ACTIONS: tuple[tuple[str, Action], ...] = (
    *((seam.module, seam.apply) for seam in MOTO),
    ("moto.core.models", "moto:join"),
    ("moto.backend_index", "moto:put_pattern"),
    ("moto.sdb", "moto:put_backends"),
)


def install_moto() -> bool:
    """Replace moto's SimpleDB with this one, now or as soon as moto is imported.

    Returns whether it was not installed before; a second call has no effect.
    """
    with _lock:
        new = not _in_moto.is_set()
        _in_moto.set()
    listen()
    for module, action in MOTO_ACTIONS:
        when_loaded(module, action)
    return new


def uninstall_moto() -> None:
    """Restore moto's own SimpleDB.  Does nothing if it was not replaced."""
    with _lock:
        _in_moto.clear()
        for module, action in MOTO_ACTIONS:
            waiting = _when_loaded.get(module, [])
            if action in waiting:
                waiting.remove(action)
    for seam in MOTO:
        seam.remove()
    ours = sys.modules.get(f"{_HERE}.moto")
    if ours is not None:  # else nothing in moto was changed
        ours.leave()


def when_loaded(module: str, action: Action) -> None:
    """Do ``action`` once: now if ``module`` is loaded, else right after it is loaded."""
    with _lock:
        if module not in sys.modules or getattr(sys.modules[module].__spec__, "_initializing", False):
            waiting = _when_loaded.setdefault(module, [])
            if action not in waiting:
                waiting.append(action)
            return
    _do(action)


def _do(action: Action) -> None:
    if isinstance(action, str):
        ours, _, function = action.partition(":")
        getattr(import_module(f"{_HERE}.{ours}"), function)()
    else:
        action()


def _loaded(module: str) -> None:
    with _lock:
        actions = _when_loaded.pop(module, [])
        if _engaged.is_set():
            for seam in SEAMS:
                if seam.module == module:
                    seam.apply()
    for action in actions:
        _do(action)


class _Watch(MetaPathFinder):
    """Finds nothing itself: lets the other finders find the modules we wait for, and notices when they are loaded."""

    _waited_for = frozenset({seam.module for seam in (*SEAMS, *MOTO)})

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self._waited_for and name not in _when_loaded:
            return None
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)  # boto 2 has a finder that is too old to have one
            if find is not None and finder is not self:
                spec: ModuleSpec | None = find(name, path, target)
                if spec is not None:
                    if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                        spec.loader = _TellingLoader(spec.loader)
                    return spec
        return None


class _TellingLoader(Loader):
    """Loads a module with its own loader, restores that loader, and reports that the module is loaded."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # get_source, is_package, resource readers

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _loaded(module.__name__)


def _watch() -> None:
    """Insert our finder before the others, once."""
    with _lock:
        if not any(isinstance(finder, _Watch) for finder in sys.meta_path):
            sys.meta_path.insert(0, _Watch())
