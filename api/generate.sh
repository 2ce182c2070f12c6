#!/bin/sh
# Generates the Go code of every service. protoc comes from the system
# (Debian: protobuf-compiler); the plugins are tools of this module, at the
# exact versions in go.mod.
set -eu
cd "$(dirname "$0")"
protoc --proto_path=. \
	--plugin=protoc-gen-go="$(go tool -n protoc-gen-go)" \
	--plugin=protoc-gen-connect-go="$(go tool -n protoc-gen-connect-go)" \
	--go_out=. --go_opt=paths=source_relative \
	--connect-go_out=. --connect-go_opt=paths=source_relative \
	node/v1/node.proto

# The generator also writes a handler that refuses every call. A node serves all
# of them, so it is cut off, with the import that only it needs.
sed -i -e '/^\/\/ UnimplementedNodeServiceHandler /,$d' -e '/^\terrors "errors"$/d' \
	node/v1/nodev1connect/node.connect.go
gofmt -w node/v1/nodev1connect/node.connect.go
