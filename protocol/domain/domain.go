package domain

// Tag separates the uses of the Poseidon2 hash (spec/00, "Domain tags").
type Tag uint16

// Poseidon2 tags. The numbers are frozen with the circuits.
const (
	Note   Tag = 1  // note commitment
	Order  Tag = 2  // order commitment
	NF     Tag = 3  // nullifier of a note
	ONF    Tag = 4  // nullifier and next secret of an order
	Terms  Tag = 5  // terms of an order
	PK     Tag = 6  // diversified key
	Owner  Tag = 7  // owner commitment C
	OID    Tag = 8  // owner id of orders
	RSD    Tag = 9  // r of an own output
	SSD    Tag = 10 // secret of an own order
	RDep   Tag = 11 // r of a deposit
	RRet   Tag = 12 // r of a returned withdrawal
	RhoDep Tag = 13 // rho of a deposit
	RhoRet Tag = 14 // rho of a returned withdrawal
	RhoFee Tag = 15 // rho of a ledger-built fee note
	RFee   Tag = 16 // r of a ledger-built fee note
	Rcpt   Tag = 17 // report pad and rho of fill outputs
	PC     Tag = 18 // price commitment of a group
	Mkt    Tag = 19 // leaf of the market table
	Ref    Tag = 20 // leaf of the reference table
	RhoDum Tag = 21 // rho of a dummy input
)

// Context separates the uses of SHA-2, HKDF, HPKE and every signature.
type Context string

// Byte contexts. Every one ends in its version.
const (
	Generator       Context = "nightjar/generator/v1"
	Account         Context = "nightjar/account/v1"
	SpendKey        Context = "nightjar/ask/v1"
	NullifierKey    Context = "nightjar/nk/v1"
	DiscoveryKey    Context = "nightjar/dk/v1"
	Diversifier     Context = "nightjar/diversifier/v1"
	DiversifiedU    Context = "nightjar/diversified-base/v1"
	ScanKey         Context = "nightjar/scan/v1"
	SelfKey         Context = "nightjar/self/v1"
	OutputSelf      Context = "nightjar/output-self/v1"
	OutputForeign   Context = "nightjar/output-foreign/v1"
	Ephemeral       Context = "nightjar/ephemeral/v1"
	Randomizer      Context = "nightjar/randomizer/v1"
	SchnorrNonce    Context = "nightjar/schnorr-nonce/v1"
	SpendSig        Context = "nightjar/spend-signature/v1"
	BindingSig      Context = "nightjar/binding-signature/v1"
	ActionDigest    Context = "nightjar/action-digest/v1"
	ActionSighash   Context = "nightjar/action-sighash/v1"
	TxID            Context = "nightjar/txid/v1"
	EnclaveAAD      Context = "nightjar/enclave-aad/v1"
	EnclaveInfo     Context = "nightjar/enclave-instruction/v1"
	LockSig         Context = "nightjar/lock/v1"
	Outcome         Context = "nightjar/outcome/v1"
	Group           Context = "nightjar/group/v1"
	GroupSighash    Context = "nightjar/group-sighash/v1"
	FeeSeal         Context = "nightjar/fee-seal/v1"
	DepositID       Context = "nightjar/deposit-id/v1"
	DepositSig      Context = "nightjar/deposit/v1"
	ClaimID         Context = "nightjar/claim-id/v1"
	ClaimPaidSig    Context = "nightjar/claim-paid/v1"
	ClaimReturnSig  Context = "nightjar/claim-return/v1"
	WorkerID        Context = "nightjar/worker-id/v1"
	ReportData      Context = "nightjar/report-data/v1"
	OperatorSig     Context = "nightjar/operator/v1"
	SimulatedSig    Context = "nightjar/simulated-evidence/v1"
	EpochSig        Context = "nightjar/epoch/v1"
	EpochReset      Context = "nightjar/epoch-reset/v1"
	HeartbeatSig    Context = "nightjar/heartbeat/v1"
	Schedule        Context = "nightjar/schedule/v1"
	ScheduleCommit  Context = "nightjar/schedule-commit/v1"
	Governance      Context = "nightjar/governance/v1"
	OracleVote      Context = "nightjar/oracle-vote/v2"
	GenesisHash     Context = "nightjar/genesis/v1"
	StateRoot       Context = "nightjar/state-root/v1"
	MapLeaf         Context = "nightjar/map-leaf/v1"
	MapBucket       Context = "nightjar/map-bucket/v1"
	MapNode         Context = "nightjar/map-node/v1"
	LogLeaf         Context = "nightjar/log-leaf/v1"
	LogNode         Context = "nightjar/log-node/v1"
	EngineState     Context = "nightjar/engine-state/v1"
	EpochPRF        Context = "nightjar/epoch-prf/v1"
	EpochHandover   Context = "nightjar/epoch-handover/v1"
	PeerMessage     Context = "nightjar/peer-message/v1"
	EpochSeed       Context = "nightjar/epoch-seed/v1"
	Intake          Context = "nightjar/intake/v1"
	Transcript      Context = "nightjar/transcript/v1"
	Pools           Context = "nightjar/transcript-pools/v1"
	Auctions        Context = "nightjar/transcript-auctions/v1"
	Label           Context = "nightjar/transcript-label/v1"
	Veil            Context = "nightjar/transcript-veil/v1"
	RankChain       Context = "nightjar/transcript-rank/v1"
	FairnessRight   Context = "nightjar/fairness-right/v1"
	FairnessAnswer  Context = "nightjar/fairness-answer/v1"
	ChallengeSig    Context = "nightjar/challenge/v1"
	ChallengeID     Context = "nightjar/challenge-id/v1"
	ChallengeAnswer Context = "nightjar/challenge-answer/v1"
	WalletPlan      Context = "nightjar/wallet-plan/v1"
	VerifyingKey    Context = "nightjar/verifying-key/v1"
	ProofBatch      Context = "nightjar/proof-batch/v1"
	ProofCache      Context = "nightjar/proof-cache/v1"
	CeremonyEntry   Context = "nightjar/ceremony-entry/v1"
	CeremonySig     Context = "nightjar/ceremony/v1"
	ExternalNetwork Context = "nightjar/external-network/v1"
	DepositPath     Context = "nightjar/deposit-path/v1"
	DrainID         Context = "nightjar/drain-id/v1"
	GatewayJournal  Context = "nightjar/gateway-journal/v1"
)
