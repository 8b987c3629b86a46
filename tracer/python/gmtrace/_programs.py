"""gmtrace's commands, where they came with the package, as in a wheel: its console scripts start them."""

import os
import sys


def main():
    """Becomes the command that this script is named after."""
    name = os.path.basename(sys.argv[0])
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "programs", "bin", name)
    try:
        os.execv(path, [path] + sys.argv[1:])
    except OSError as error:
        sys.exit("%s: %s: %s" % (name, path, error.strerror))
