// Package client talks to a node and believes none of what matters: headers
// are followed by their commits from the genesis validators (package light),
// and rows of the state are checked against the app hash of such a header
// (spec/15-rpc.md, "Verified reads").
//
// THE INVARIANT: a View holds only rows that more than two thirds of the
// validators' power signed for, all of one height, and that height never goes
// back; whatever else a node says is passed on as the node's word (Status,
// Params, blocks) for the caller to check. A refusal of the node arrives as the
// *rejection.Rejection that the node made.
//
// Not guaranteed: that the node tells of the newest height. A View says when
// its header was made.
//
// A Client may be used concurrently.
package client
