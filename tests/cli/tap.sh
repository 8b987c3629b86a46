# Sourced by the command-line tests: TAP on stdout, a folder of their own in $work.

set -u
count=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bin=$PWD/$BUILD/bin
stdout=$work/stdout stderr=$work/stderr

# run COMMAND...: keeps its output, its errors and its exit status
run() {
    "$@" >"$stdout" 2>"$stderr" </dev/null
    status=$?
}

report() { # passed? name
    count=$((count + 1))
    if [[ $1 == 0 ]]; then
        echo "ok $count - $2"
    else
        echo "not ok $count - $2 (exit status $status)"
        sed 's/^/# out: /' "$stdout" | head -n 20
        sed 's/^/# err: /' "$stderr" | head -n 20
    fi
}

# Each of these is one test of what the last run left behind.
exits() { [[ $status == "$1" ]]; report $? "$2"; }
says() { grep -qF -- "$1" "$stdout"; report $? "$2"; }
warns() { grep -qF -- "$1" "$stderr"; report $? "$2"; }
silent() { [[ ! -s $stderr ]]; report $? "$1"; }
there() { local f; for f in "${@:2}"; do [[ -s $f ]] || { report 1 "$1"; return; }; done; report 0 "$1"; }
absent() { [[ ! -e $2 ]]; report $? "$1"; }
holds() { "${@:2}" >/dev/null 2>&1; report $? "$1"; }

# fails_usage NAME PART ARGUMENT...: exit status 2, and the message holds PART
fails_usage() {
    local name=$1 part=$2
    shift 2
    run "$@"
    [[ $status == 2 ]] && grep -qF -- "$part" "$stderr"
    report $? "$name"
}

# fails NAME PART COMMAND...: exit status 1, and the message holds PART
fails() {
    local name=$1 part=$2
    shift 2
    run "$@"
    [[ $status == 1 ]] && grep -qF -- "$part" "$stderr"
    report $? "$name"
}

skips() { count=$((count + 1)); echo "ok $count - $1 # SKIP $2"; }

# A build with a sanitizer stands in a folder of its own, build/thread: programs without one cannot
# load its libraries.
is_sanitized() { [[ $BUILD == */* ]]; }

# For what wants a terminal: false on a machine that cannot open one.
opens_terminals() { script -qec true /dev/null >/dev/null 2>&1; }
no_terminal="no terminal can be opened (is /dev/pts mounted?)"

finish() { echo "1..$count"; }
