// Package nodev1connect is the Connect client and handler of the node service;
// generated from node.proto.
package nodev1connect
