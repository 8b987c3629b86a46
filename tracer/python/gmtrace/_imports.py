"""Tells when the program imports a module, right behind its own code; imports none itself."""

import importlib.util
import sys
import threading


class _Finder:
    """Stands before the other finders, lets them find, and watches the loader."""

    def __init__(self):
        self.wanted = {}  # name: what to call with the module
        self._searching = threading.local()

    def find_spec(self, name, path=None, target=None):
        if name not in self.wanted or getattr(self._searching, "name", None) == name:
            return None
        self._searching.name = name
        try:
            spec = importlib.util.find_spec(name)
        except Exception:  # the import itself will say so
            spec = None
        finally:
            self._searching.name = None
        if spec is not None and hasattr(spec.loader, "exec_module"):
            self._watch(spec.loader, name)
        return spec

    def _watch(self, loader, name):
        load = loader.exec_module

        def exec_module(module):
            del loader.exec_module  # as it was, for whoever looks at it
            load(module)
            self.loaded(name, module)

        try:
            loader.exec_module = exec_module
        except AttributeError:  # a loader that takes no attributes: as if it was not imported
            pass

    def loaded(self, name, module):
        for call in self.wanted.pop(name, ()):
            call(module)


_finder = _Finder()


def when_imported(name, call):
    """Calls it with the module, now if it is there already, else when the program imports it. The call
    must not raise."""
    module = sys.modules.get(name)
    if module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False):
        call(module)
        return
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    _finder.wanted.setdefault(name, []).append(call)
