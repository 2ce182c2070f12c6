#!/bin/bash
# Builds gossamer once and prints where it is:
#
#     <directory>/gossamer                 the node
#     <directory>/westend-dev.json         its development chain, raw
#
# The directory's name is a function of go.mod, go.sum and the Go version, so
# that another version is another directory and nothing old is ever run.
# Progress goes to standard error, the directory alone to standard output.
set -euo pipefail
cd "$(dirname "$0")"
go=${GO:-go}
package=github.com/ChainSafe/gossamer/cmd/gossamer

cache=${XDG_CACHE_HOME:-$HOME/.cache}/nightjar
key=$(cat go.mod go.sum <("$go" env GOVERSION GOOS GOARCH) | sha256sum | cut -c 1-16)
out=$cache/gossamer-$key
if [ -x "$out/gossamer" ] && [ -s "$out/westend-dev.json" ]; then
  echo "$out"
  exit 0
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/gossamer-$key.XXXXXX")
trap 'rm -rf "$work"' EXIT

echo "gossamer: downloading its modules (1 of 3)" >&2
total=$("$go" list -deps "$package" | wc -l)
echo "gossamer: compiling $total packages (2 of 3)" >&2
# go build -v prints one line for each package that it compiles now.
{ "$go" build -v -o "$work/gossamer" "$package" 2>&1; } | {
  n=0
  while IFS= read -r line; do
    n=$((n + 1))
    case "$line" in *' '*) echo "gossamer: $line" >&2 ;; esac
    [ $((n % 50)) != 0 ] || echo "gossamer: $n of at most $total packages" >&2
  done
}
echo "gossamer: taking its chain's specification (3 of 3)" >&2
module=$("$go" list -m -f '{{.Dir}}' github.com/ChainSafe/gossamer)
install -m 644 "$module/chain/westend-dev/westend-dev-spec-raw.json" "$work/westend-dev.json"

# The rename is atomic. If another run was first, its result is the same.
mv -T "$work" "$out" 2>/dev/null || [ -x "$out/gossamer" ]
echo "$out"
