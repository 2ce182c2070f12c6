// Package api holds the protobuf sources of Nightjar's services and the Go
// code generated from them, one package per service (spec/15-rpc.md). Nothing
// in it is written by hand but the .proto files.
//
// THE INVARIANT: a field, once released, keeps its number, type and meaning.
//
// To generate again, with protoc on the PATH: go generate ./api
package api

//go:generate ./generate.sh
