"""python -m gmtrace: traces a training script that nobody changes."""

from gmtrace._command import main

main()
