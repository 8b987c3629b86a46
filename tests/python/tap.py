"""Runs checks, functions of a module whose names begin with check_, and speaks TAP. A check that cannot
run here raises Skip."""

import sys
import traceback


class Skip(Exception):
    """Why a check cannot run on this machine."""


def run(names):
    """Of a module's globals(); of those that the command line names, where it does. The exit status: 1
    where one failed."""
    wanted = sys.argv[1:]
    checks = [value for name, value in sorted(names.items()) if name.startswith("check_") and (not wanted or name in wanted)]
    failed = 0
    print("1..%d" % len(checks))
    for number, check in enumerate(checks, 1):
        try:
            check()
            print("ok %d - %s" % (number, check.__doc__), flush=True)
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (number, check.__doc__, why), flush=True)
        except Exception as error:
            failed += 1
            print("not ok %d - %s" % (number, check.__doc__))
            for line in ("%s: %s\n%s" % (type(error).__name__, error, traceback.format_exc())).splitlines():
                print("# " + line, flush=True)
    return int(failed > 0)
