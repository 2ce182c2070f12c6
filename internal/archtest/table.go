package archtest

// rule says where packages stand and what they may import.
type rule struct {
	prefix string   // import path below the module: exactly it, or below it
	allow  []string // module packages it may import (prefixes)
	pure   bool     // no clock, file system, network, randomness, logger
	extern []string // third-party modules it may import (prefixes); nil = any
}

// The third-party modules that the lowest tier may use.
var tier0Extern = []string{
	"github.com/consensys/gnark-crypto",
	"golang.org/x/crypto",
}

// table is checked from the top: the first rule whose prefix matches a package
// is its rule.
var table = []rule{
	// Opening instructions is for enclaves only, so it stands apart.
	{prefix: "protocol/sealopen", allow: []string{"protocol"}, pure: true, extern: tier0Extern},
	// Mnemonics need a word list, which we take from a library.
	{prefix: "protocol/keys", allow: []string{"protocol"}, pure: true,
		extern: append([]string{"github.com/tyler-smith/go-bip39"}, tier0Extern...)},
	// Signatures are verified by the consensus engine's rule and code.
	{prefix: "protocol/quorum", allow: []string{"protocol"}, pure: true,
		extern: append([]string{"github.com/oasisprotocol/curve25519-voi"}, tier0Extern...)},
	{prefix: "protocol", allow: []string{"protocol"}, pure: true, extern: tier0Extern},

	{prefix: "circuit/verify", allow: []string{"protocol"}, pure: true, extern: tier0Extern},
	// The key cache is the one place of the circuits that touches a disk.
	{prefix: "circuit/keystore", allow: []string{"protocol", "circuit"}},
	{prefix: "circuit", allow: []string{"protocol", "circuit"}, pure: true},
	// Ceremonies make keys in a directory that contributors hand on.
	{prefix: "ceremony", allow: []string{"protocol", "circuit"}},
	{prefix: "attestation", allow: []string{"protocol", "attestation"}, pure: true},

	// Substrate's formats and its light client: pure, so that the ledger could
	// itself verify what they verify.
	// Depositors' keys sign with randomness, and only here with this library.
	{prefix: "substrate/sr25519", allow: []string{"protocol", "substrate"},
		extern: []string{"github.com/ChainSafe/go-schnorrkel"}},
	// Reads a chain through nodes.
	{prefix: "substrate/chain", allow: []string{"protocol", "substrate"}, extern: tier0Extern},
	// Draws values for tests.
	{prefix: "substrate/sample", allow: []string{"substrate"}, pure: true, extern: []string{"pgregory.net/rapid"}},
	// Chains and nodes for tests.
	{prefix: "substrate/chaintest", allow: []string{"protocol", "substrate"}, extern: tier0Extern},
	{prefix: "substrate/rpc", allow: []string{"protocol", "substrate"}, extern: tier0Extern},
	{prefix: "substrate", allow: []string{"protocol", "substrate"}, pure: true,
		extern: append([]string{"github.com/cespare/xxhash", "github.com/oasisprotocol/curve25519-voi"}, tier0Extern...)},

	{prefix: "ledger", allow: []string{"protocol", "circuit/verify", "attestation", "ledger"}, pure: true},
	// The pure core of custody: a signer's decisions.
	{prefix: "vault", allow: []string{"protocol"}, pure: true, extern: []string{}},
	{prefix: "engine", allow: []string{"protocol", "circuit/verify", "attestation", "engine"}, pure: true},

	{prefix: "scenario", allow: []string{"protocol"}, pure: true, extern: tier0Extern},
	{prefix: "api", allow: []string{"api"}},
	{prefix: "node", allow: []string{"protocol", "circuit", "attestation", "ledger", "node", "api", "internal/daemon"}},
	{prefix: "enclave", allow: []string{"protocol", "circuit", "attestation", "ledger", "engine", "enclave", "replica", "api", "client", "internal/daemon"}},

	// Verification and the enclaves' view of the chain: the ledger's rules over
	// light-verified blocks (docs/adr/0004-replica.md).
	{prefix: "replica", allow: []string{"protocol", "circuit/verify", "attestation", "ledger", "client/light"}},

	{prefix: "audit", allow: []string{"protocol", "ledger", "replica", "audit"}},

	// What the custody holds elsewhere, against what the chain owes.
	{prefix: "reserves", allow: []string{"protocol", "substrate", "audit"}},

	{prefix: "client", allow: []string{"protocol", "attestation", "api", "client"}},
	// Custody signers: a key knows nothing of what uses it.
	{prefix: "gateway/signer", allow: []string{"protocol", "gateway/signer"}},
	// A signer's journal knows nothing of what stands in it.
	{prefix: "gateway/journal", allow: []string{"protocol"}, extern: []string{}},
	{prefix: "gateway", allow: []string{"protocol", "vault", "substrate", "api", "client", "gateway", "internal/daemon"}},
	// What a wallet knows of other chains: their accounts, and no keys.
	{prefix: "wallet/outside", allow: []string{"protocol", "substrate/account", "client/gate"}},
	{prefix: "wallet", allow: []string{"protocol", "circuit", "attestation", "api", "client", "wallet"}},

	// Strategies see a venue, and neither a simulator nor a wallet; bot/live runs
	// them with a wallet on a chain.
	{prefix: "bot/live", allow: []string{"protocol", "wallet", "bot"}, extern: []string{}},
	{prefix: "bot", allow: []string{"protocol"}, pure: true, extern: []string{}},

	// The market simulator: the rules of an auction, and nothing that opens,
	// proves or keeps an order. What decides in it has no clock, so that a seed
	// is a whole run.
	{prefix: "sim/market", allow: []string{"protocol", "engine/auction", "engine/epoch", "bot", "sim/market"}, extern: []string{}},

	// Only tests import the rest of sim; its adversaries use the prover.
	{prefix: "sim", allow: []string{"protocol", "circuit", "attestation", "ledger", "engine", "sim"}},

	// Development networks: drives the product's binaries and makes geneses.
	{prefix: "devnet", allow: []string{"protocol", "circuit", "ledger", "scenario", "internal/freeport"}},

	// The demo is a client of the devnet; it signs blocks again with its
	// validator's key to see the final checks fail.
	{prefix: "demo", allow: []string{"protocol", "circuit", "api", "client", "wallet", "scenario", "devnet", "replica", "audit"}},

	// Runs a Substrate node for tests.
	{prefix: "e2e/chopsticks", allow: []string{"internal/freeport", "substrate/rpc"}, extern: []string{}},
	{prefix: "e2e/gossamer", allow: []string{"internal/freeport"}, extern: []string{}},
	// Tests of the running system drive everything; what they share is theirs.
	{prefix: "e2e", allow: []string{"e2e"}},

	// A vector file names the codes of refusals.
	{prefix: "internal/testkit", allow: []string{"internal", "protocol/rejection"}},
	{prefix: "internal/daemon", allow: []string{"protocol/rejection"}},
	{prefix: "internal", allow: []string{"internal"}},
	{prefix: "cmd", allow: []string{"protocol", "circuit", "ceremony", "attestation", "ledger", "engine", "node", "enclave", "client", "wallet", "vault", "gateway", "bot", "internal/daemon", "api", "scenario", "replica", "audit", "reserves", "substrate", "devnet", "demo", "sim/market", "cmd"}},
}

// forbiddenInPure are the standard packages that a pure package must not
// import: whatever they offer has to be an argument.
var forbiddenInPure = []string{
	"os", "net", "sync", "context", "crypto/rand", "math/rand", "math/rand/v2",
	"log", "log/slog", "os/exec", "os/signal", "syscall", "runtime", "unsafe",
	"path/filepath", "io/ioutil", "net/http", "time",
}
