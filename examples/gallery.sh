#!/usr/bin/env bash
# Usage: gallery.sh DIR: makes the inputs of gallery.md in DIR, and runs its commands there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${BUILD:-$here/../build}" && pwd)
python=${PYTHON:-python3}
mkdir -p "${1:?give the folder to write into}"
cd "$1"

"$build/examples/demo_sweep" 485b
"$build/examples/demo_runs" 70b
"$build/examples/demo_comparison" comparison
mkdir -p snapshots
for rank in 0 1 2 3; do
    "$python" "$here/../tests/snapshot/make_snapshot.py" "snapshots/rank$rank.pickle" --seed "$rank"
done
# The commands are those of the page, so that no other list of them can differ.
sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$here/gallery.md" >gallery_commands.sh
PATH=$build/bin:$PATH bash -euo pipefail gallery_commands.sh >gallery.log
rm gallery_commands.sh
