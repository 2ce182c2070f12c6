// Package archtest holds the architecture as a table: which package stands on
// which tier and what it may import (ARCHITECTURE.md, "Tiers").
//
// THE INVARIANT: every package of the module has a tier, imports point towards
// lower tiers only, and the pure tiers reach neither clock, nor network, nor
// file system, nor randomness of their own. The test parses every file's
// imports itself, so that the test cache cannot hide a violation behind a
// subprocess.
package archtest
