// Package action is the only user transaction: transfer, order, cancel,
// replace and withdrawal in one shape and one size (spec/07-action.md).
//
// THE INVARIANT: every action encodes to exactly Size bytes; digest, sighash
// and id cover every byte but the proof's and the signature's, and the chain
// id; whatever is zero unless a withdrawal is checked to be.
//
// Values are plain data; all functions are pure.
package action
