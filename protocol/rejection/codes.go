package rejection

// Encoding (1xx): the bytes are not the one canonical encoding of a value.
const (
	Truncated      Code = 101
	TrailingBytes  Code = 102
	NonCanonical   Code = 103
	Oversized      Code = 104
	UnknownKind    Code = 105
	UnknownVersion Code = 106
	BadPoint       Code = 107
	OutOfRange     Code = 108
)

// Text input (2xx): phrases, addresses, amounts and files typed by a person.
const (
	BadPhrase       Code = 201
	BadAddress      Code = 202
	WrongNetwork    Code = 203
	BadAmount       Code = 204
	OverPrecise     Code = 205
	BadViewingKey   Code = 206
	BadScenario     Code = 207
	BadFile         Code = 208
	BadTerms        Code = 209
	WrongPassword   Code = 210
	NotEnoughFunds  Code = 211
	UnknownOrder    Code = 212
	NothingToDo     Code = 213
	BadGenesis      Code = 214
	NotDevelopment  Code = 215
	BadPlan         Code = 216
	TooManyNotes    Code = 217
	WalletConflict  Code = 218
	UnknownProperty Code = 219
	WalletInUse     Code = 220
	WalletExists    Code = 221
	NoWallet        Code = 222
	BadBlock        Code = 223
	BadFlag         Code = 224
	BadCeremony     Code = 225
	CeremonyStage   Code = 226
)

// Custody signers' keys, and depositors (227–239).
const (
	KeyExists        Code = 227
	NoKey            Code = 228
	NotSignable      Code = 229
	WrongPin         Code = 230
	BadGateway       Code = 231
	GatewayDiffers   Code = 232
	BelowExistential Code = 233
)

// Proofs and signatures (3xx).
const (
	BadProof            Code = 301
	BadSpendSignature   Code = 302
	BadBindingSignature Code = 303
	BadWorkerSignature  Code = 304
	BadSignerSignature  Code = 305
	BadGovernance       Code = 306
	BadEvidence         Code = 307
	BadOracleVote       Code = 308
	BadCiphertext       Code = 309
	BadTranscript       Code = 310
)

// Actions (4xx).
const (
	UnknownAnchor      Code = 401
	NullifierSpent     Code = 402
	NullifierReserved  Code = 403
	NullifierLocked    Code = 404
	DuplicateNullifier Code = 405
	WrongFee           Code = 406
	StaleEpoch         Code = 407
	UnknownAsset       Code = 408
	BadWithdrawal      Code = 409
	Turnstile          Code = 410
	ZeroCommitment     Code = 411
	BlockFull          Code = 412
	UnknownCircuits    Code = 413
	CircuitsRetired    Code = 414
)

// Locks and settlements (5xx).
const (
	LockWindow         Code = 501
	LockSuperseded     Code = 502
	NotLeader          Code = 503
	ExitWindow         Code = 504
	TooFewSigners      Code = 505
	BadGroupSize       Code = 506
	TooManyFills       Code = 507
	NoSuchLock         Code = 508
	LockExpired        Code = 509
	OutcomeMismatch    Code = 510
	GroupSettled       Code = 511
	NullifierNotInLock Code = 512
	NoBook             Code = 513
)

// Custody (6xx).
const (
	DepositReplayed    Code = 601
	DepositBounds      Code = 602
	DepositsHalted     Code = 603
	UnknownClaim       Code = 604
	ClaimClosed        Code = 605
	UnknownSigner      Code = 606
	DevelopmentCustody Code = 607
	SupplyCap          Code = 608
	ReservesShort      Code = 609
	AnchorMismatch     Code = 610
	AnchorMissing      Code = 611
)

// Workers, epochs, governance, oracle (7xx).
const (
	UnknownWorker      Code = 701
	WorkerRegistered   Code = 702
	MeasurementRefused Code = 703
	SimulatedRefused   Code = 704
	StaleHead          Code = 705
	EpochSequence      Code = 706
	EpochTooYoung      Code = 707
	ScheduleMismatch   Code = 708
	BookAlive          Code = 709
	ParameterBounds    Code = 710
	RecordExists       Code = 711
	NotEnoughPower     Code = 712
	UnknownValidator   Code = 713
	ReplayedProposal   Code = 714
	HeartbeatSequence  Code = 715
	UnknownMarket      Code = 716
	TxOrder            Code = 717
	DuplicateTx        Code = 718
	UnknownOperator    Code = 719
	UnknownHeartbeat   Code = 720
	NotASigner         Code = 721
	AlreadyChallenged  Code = 722
	UnknownChallenge   Code = 723
	ChallengeClosed    Code = 724
	WorkerSuspended    Code = 725
	BadPrint           Code = 726
)

// Substrate: metadata and the values that it describes (80x, spec/23).
const (
	BadMetadata    Code = 801
	UnknownItem    Code = 802
	BadValue       Code = 803
	TooDeep        Code = 804
	UnexpectedType Code = 805
)

// Substrate: accounts, extrinsics and nodes (81x, spec/23).
const (
	AccountForm       Code = 810
	AccountChecksum   Code = 811
	AccountNetwork    Code = 812
	BadMultisig       Code = 813
	BadCall           Code = 814
	UnknownExtension  Code = 815
	RuntimeChanged    Code = 816
	BadEra            Code = 817
	NodeAnswer        Code = 818
	BadMultiSignature Code = 819
)

// Substrate: read proofs, finality and parachains (82x–84x, spec/23).
const (
	BadTrieNode     Code = 820
	ProofRoot       Code = 821
	ProofIncomplete Code = 822
	BadAuthorities  Code = 823
	WrongTarget     Code = 824
	VoteAstray      Code = 827
	UnusedAncestry  Code = 828
	BadVote         Code = 829
	NotEnoughVotes  Code = 830
	HeaderGap       Code = 831
	ForcedChange    Code = 832
	SkippedChange   Code = 833
	BadChange       Code = 834
	NotFinal        Code = 835
	NoParaHead      Code = 836
	ParaFork        Code = 837
	WrongHeader     Code = 838
	WrongBody       Code = 839
	BadCheckpoint   Code = 840
	StaleTarget     Code = 841
	OtherChain      Code = 842
)

// Custody (85x): what a signer's vault is told, and refuses.
const (
	BlockSequence     Code = 850
	HubSequence       Code = 851
	JournalOrder      Code = 852
	AttemptMismatch   Code = 853
	JobOver           Code = 854
	NotHeld           Code = 855
	StatementMismatch Code = 856
	TwoStatements     Code = 857
	TooManyEarly      Code = 858
)

// Gateways (87x, 88x).
const (
	JournalInUse   Code = 870
	BadJournal     Code = 871
	BadRequest     Code = 872
	TooManyWatched Code = 873
	BadPeer        Code = 874
	FinalityBroken Code = 875
	Unreconciled   Code = 876
	UnknownDeposit Code = 877
)

// The adapter of Substrate chains (89x).
const (
	WrongMetadata Code = 890
	FeeSpike      Code = 891
	FundsMissing  Code = 892
	BadExternal   Code = 893
)

type entry struct{ name, advice string }

var table = map[Code]entry{
	Truncated:      {"TRUNCATED", "send the whole message"},
	TrailingBytes:  {"TRAILING_BYTES", "remove the bytes after the message"},
	NonCanonical:   {"NON_CANONICAL", "encode the value in its one canonical form"},
	Oversized:      {"OVERSIZED", "split or shorten the message"},
	UnknownKind:    {"UNKNOWN_KIND", "use a kind that the specification lists"},
	UnknownVersion: {"UNKNOWN_VERSION", "use a version that this chain accepts"},
	BadPoint:       {"BAD_POINT", "send a point of the prime-order subgroup"},
	OutOfRange:     {"OUT_OF_RANGE", "keep the value inside the range the specification gives"},

	BadPhrase:       {"BAD_PHRASE", "check every word and their order against your backup"},
	BadAddress:      {"BAD_ADDRESS", "copy the address again; its checksum does not match"},
	WrongNetwork:    {"WRONG_NETWORK", "use an address or key of this network"},
	BadAmount:       {"BAD_AMOUNT", "write a positive decimal number, for example 12.5"},
	OverPrecise:     {"OVER_PRECISE", "use no more decimals than the asset has, and whole lots and ticks"},
	BadViewingKey:   {"BAD_VIEWING_KEY", "copy the viewing key again; its checksum does not match"},
	BadScenario:     {"BAD_SCENARIO", "correct the named line of the scenario file"},
	BadFile:         {"BAD_FILE", "restore the file from a backup or make it again"},
	BadTerms:        {"BAD_TERMS", "correct the named term of the order"},
	WrongPassword:   {"WRONG_PASSWORD", "enter the password this wallet was encrypted with"},
	NotEnoughFunds:  {"NOT_ENOUGH_FUNDS", "deposit more, wait for pending notes, or lower the amount"},
	UnknownOrder:    {"UNKNOWN_ORDER", "list your orders and use one of their ids"},
	NothingToDo:     {"NOTHING_TO_DO", "no step is needed"},
	BadGenesis:      {"BAD_GENESIS", "use the genesis file of this network, unchanged"},
	NotDevelopment:  {"NOT_DEVELOPMENT", "this works only on a genesis marked development"},
	BadPlan:         {"BAD_PLAN", "make the plan again from the wallet's present state"},
	TooManyNotes:    {"TOO_MANY_NOTES", "consolidate notes first"},
	WalletConflict:  {"WALLET_CONFLICT", "wait for the pending action on these notes to finish"},
	UnknownProperty: {"UNKNOWN_PROPERTY", "remove or correct the named key"},
	WalletInUse:     {"WALLET_IN_USE", "another process has this wallet open; wait until it ends"},
	WalletExists:    {"WALLET_EXISTS", "choose another directory, or use the wallet that is there"},
	NoWallet:        {"NO_WALLET", "create or restore a wallet first"},
	BadBlock:        {"BAD_BLOCK", "the node contradicts the chain; use another node"},
	BadFlag:         {"BAD_FLAG", "see the command's --help"},
	BadCeremony:     {"BAD_CEREMONY", "go back to the entry before the named one and ask its contributor again"},
	CeremonyStage:   {"CEREMONY_STAGE", "do first what the ceremony waits for"},

	KeyExists:        {"KEY_EXISTS", "choose another place; a signer's key is never overwritten"},
	NoKey:            {"NO_KEY", "make or import the signer's key, or correct where it is"},
	NotSignable:      {"NOT_SIGNABLE", "a signer signs deposits, closings and extrinsics, and nothing else"},
	WrongPin:         {"WRONG_PIN", "correct the token's PIN before more tries lock it"},
	BadGateway:       {"BAD_GATEWAY", "use another gateway; this one contradicts the chain or its own rules"},
	GatewayDiffers:   {"GATEWAY_DIFFERS", "pay nothing to it, and find out whether the gateway or your node lies"},
	BelowExistential: {"BELOW_EXISTENTIAL", "withdraw at least what the external chain keeps in an account"},

	BadProof:            {"BAD_PROOF", "prove again against the stated public inputs and the current key"},
	BadSpendSignature:   {"BAD_SPEND_SIGNATURE", "sign again with the re-randomised key of this action"},
	BadBindingSignature: {"BAD_BINDING_SIGNATURE", "the group's value commitments must balance"},
	BadWorkerSignature:  {"BAD_WORKER_SIGNATURE", "collect the signatures of registered workers again"},
	BadSignerSignature:  {"BAD_SIGNER_SIGNATURE", "collect m signatures of listed signers, each once"},
	BadGovernance:       {"BAD_GOVERNANCE", "collect signatures of more than two thirds of the validators' power"},
	BadEvidence:         {"BAD_EVIDENCE", "produce fresh evidence over these registration data"},
	BadOracleVote:       {"BAD_ORACLE_VOTE", "send prices of known markets in ascending order"},
	BadCiphertext:       {"BAD_CIPHERTEXT", "seal again to the current key"},
	BadTranscript:       {"BAD_TRANSCRIPT", "ask another worker, and challenge this one"},

	UnknownAnchor:      {"UNKNOWN_ANCHOR", "use the newest root of a multiple of the anchor interval"},
	NullifierSpent:     {"NULLIFIER_SPENT", "rescan; this note or order was already spent"},
	NullifierReserved:  {"NULLIFIER_RESERVED", "wait for the pending action on this note"},
	NullifierLocked:    {"NULLIFIER_LOCKED", "the order is matched; wait for its settlement or bust"},
	DuplicateNullifier: {"DUPLICATE_NULLIFIER", "use three different nullifiers"},
	WrongFee:           {"WRONG_FEE", "pay exactly the fee in force at the anchor"},
	StaleEpoch:         {"STALE_EPOCH", "seal to the current epoch key and prove again"},
	UnknownAsset:       {"UNKNOWN_ASSET", "use an asset id of the asset table"},
	BadWithdrawal:      {"BAD_WITHDRAWAL", "fill in all of the public output or none of it"},
	Turnstile:          {"TURNSTILE", "no more of an asset can leave than came in"},
	ZeroCommitment:     {"ZERO_COMMITMENT", "commitments must not be zero and must differ"},
	BlockFull:          {"BLOCK_FULL", "submit again in a later block"},
	UnknownCircuits:    {"UNKNOWN_CIRCUITS", "prove under the newest version of the circuits"},
	CircuitsRetired:    {"CIRCUITS_RETIRED", "prove again under the newest version; this one still takes withdrawals"},

	LockWindow:         {"LOCK_WINDOW", "lock within the window after the auction"},
	LockSuperseded:     {"LOCK_SUPERSEDED", "a later lock was included; run the auction again"},
	NotLeader:          {"NOT_LEADER", "only the leader of this auction may lock in its first block"},
	ExitWindow:         {"EXIT_WINDOW", "leave the order to its owner until its exit window ends"},
	TooFewSigners:      {"TOO_FEW_SIGNERS", "collect signatures of q distinct operators"},
	BadGroupSize:       {"BAD_GROUP_SIZE", "pad the group to a size class of the genesis"},
	TooManyFills:       {"TOO_MANY_FILLS", "keep within the fills allowed per auction"},
	NoSuchLock:         {"NO_SUCH_LOCK", "settle only what was locked"},
	LockExpired:        {"LOCK_EXPIRED", "the trade is busted; its orders are back in the book"},
	OutcomeMismatch:    {"OUTCOME_MISMATCH", "settle exactly the outcome the quorum signed"},
	GroupSettled:       {"GROUP_SETTLED", "no step is needed"},
	NullifierNotInLock: {"NULLIFIER_NOT_IN_LOCK", "settle only nullifiers of the lock"},
	NoBook:             {"NO_BOOK", "wait for a running epoch"},

	DepositReplayed:    {"DEPOSIT_REPLAYED", "no step is needed; it was credited before"},
	DepositBounds:      {"DEPOSIT_BOUNDS", "deposit an amount inside the asset's limits"},
	DepositsHalted:     {"DEPOSITS_HALTED", "wait until deposits of this asset are open again"},
	UnknownClaim:       {"UNKNOWN_CLAIM", "use the id of an open withdrawal claim"},
	ClaimClosed:        {"CLAIM_CLOSED", "no step is needed; the claim was paid or returned"},
	UnknownSigner:      {"UNKNOWN_SIGNER", "sign with a key of the signer table"},
	DevelopmentCustody: {"DEVELOPMENT_CUSTODY", "test assets exist only on a genesis marked development"},
	SupplyCap:          {"SUPPLY_CAP", "wait until holders withdraw, or deposit less of this asset"},
	ReservesShort:      {"RESERVES_SHORT", "the custody holds less than the notes say: deposit nothing, withdraw, ask the signers"},
	AnchorMismatch:     {"ANCHOR_MISMATCH", "somebody signed two histories: do nothing until you know which chain is the real one"},
	AnchorMissing:      {"ANCHOR_MISSING", "look again later, or at another source of anchors"},

	UnknownWorker:      {"UNKNOWN_WORKER", "register the worker first"},
	WorkerRegistered:   {"WORKER_REGISTERED", "one worker per platform; wait until the old one ages out"},
	MeasurementRefused: {"MEASUREMENT_REFUSED", "run an enclave image that this chain allows"},
	SimulatedRefused:   {"SIMULATED_REFUSED", "simulated enclaves run only on a genesis that allows them"},
	StaleHead:          {"STALE_HEAD", "register with a recent head of this chain"},
	EpochSequence:      {"EPOCH_SEQUENCE", "announce the epoch after the current one"},
	EpochTooYoung:      {"EPOCH_TOO_YOUNG", "wait for the minimum epoch length"},
	ScheduleMismatch:   {"SCHEDULE_MISMATCH", "reveal the schedule key that the epoch committed to"},
	BookAlive:          {"BOOK_ALIVE", "a reset needs L_dead blocks without a sign of life"},
	ParameterBounds:    {"PARAMETER_BOUNDS", "stay inside the bounds fixed in genesis"},
	RecordExists:       {"RECORD_EXISTS", "records are append-only; use a new id"},
	NotEnoughPower:     {"NOT_ENOUGH_POWER", "collect signatures of more than two thirds of the validators' power"},
	UnknownValidator:   {"UNKNOWN_VALIDATOR", "sign with a key of the validator set"},
	ReplayedProposal:   {"REPLAYED_PROPOSAL", "no step is needed; this proposal was already enacted"},
	HeartbeatSequence:  {"HEARTBEAT_SEQUENCE", "send heartbeats in order, each once"},
	UnknownMarket:      {"UNKNOWN_MARKET", "use a market id of the market table"},
	TxOrder:            {"TX_ORDER", "order the block's transactions by kind as spec/12 says"},
	UnknownOperator:    {"UNKNOWN_OPERATOR", "register under an operator that this chain lists"},
	UnknownHeartbeat:   {"UNKNOWN_HEARTBEAT", "challenge one of the last heartbeats that the chain took"},
	NotASigner:         {"NOT_A_SIGNER", "challenge a worker that signed this heartbeat"},
	AlreadyChallenged:  {"ALREADY_CHALLENGED", "no step is needed; this worker was asked this before"},
	UnknownChallenge:   {"UNKNOWN_CHALLENGE", "answer a challenge that the chain has taken"},
	ChallengeClosed:    {"CHALLENGE_CLOSED", "no step is needed; it was answered, or its time is over"},
	WorkerSuspended:    {"WORKER_SUSPENDED", "wait until the suspension of this operator and platform ends"},
	BadPrint:           {"BAD_PRINT", "print prices of the market's grid, of fills a heartbeat interval old"},
	DuplicateTx:        {"DUPLICATE_TX", "no step is needed; it is already in this block"},

	BadMetadata:    {"BAD_METADATA", "use metadata as the runtime itself gives it"},
	UnknownItem:    {"UNKNOWN_ITEM", "name what the runtime's metadata lists"},
	BadValue:       {"BAD_VALUE", "give a value of the type that the runtime's metadata says"},
	TooDeep:        {"TOO_DEEP", "nest values less, and within what their bytes can hold"},
	UnexpectedType: {"UNEXPECTED_TYPE", "upgrade; this runtime's layout is not the one that this version knows"},

	AccountForm:       {"ACCOUNT_FORM", "copy the account's address again; it is not the address of an account"},
	AccountChecksum:   {"ACCOUNT_CHECKSUM", "copy the account's address again; its checksum does not match"},
	AccountNetwork:    {"ACCOUNT_NETWORK", "use the account's address on this asset's own network"},
	BadMultisig:       {"BAD_MULTISIG", "give 2 to 100 different signatories and a threshold from 2 to their number"},
	BadCall:           {"BAD_CALL", "use the calls and arguments that the runtime's metadata lists"},
	UnknownExtension:  {"UNKNOWN_EXTENSION", "upgrade; the runtime wants signed what this version does not know"},
	RuntimeChanged:    {"RUNTIME_CHANGED", "review the chain's runtime upgrade, then accept its version"},
	BadEra:            {"BAD_ERA", "use a period that is a power of two from 4 to 65536, and a birth block that it can name"},
	NodeAnswer:        {"NODE_ANSWER", "use another node; this one does not answer as its interface says"},
	BadMultiSignature: {"BAD_MULTI_SIGNATURE", "sign the extrinsic's payload again with the account's own key"},

	BadTrieNode:     {"BAD_TRIE_NODE", "ask another node for the proof; this one is not made of trie nodes"},
	ProofRoot:       {"PROOF_ROOT", "ask for a proof at exactly this block; this one begins at another root"},
	ProofIncomplete: {"PROOF_INCOMPLETE", "ask again for a proof with every node on the way to the key"},
	BadAuthorities:  {"BAD_AUTHORITIES", "start from a checkpoint whose authorities are distinct and have weight"},
	WrongTarget:     {"WRONG_TARGET", "send the justification of this very block"},
	VoteAstray:      {"VOTE_ASTRAY", "send votes for the target or its descendants, with the headers between"},
	UnusedAncestry:  {"UNUSED_ANCESTRY", "send no header that no vote needs"},
	BadVote:         {"BAD_VOTE", "send votes signed for this round, this set of authorities and this block"},
	NotEnoughVotes:  {"NOT_ENOUGH_VOTES", "collect votes of more than two thirds of the weight"},
	HeaderGap:       {"HEADER_GAP", "send every header between, each the child of the one before"},
	ForcedChange:    {"FORCED_CHANGE", "review what happened to the chain, then start from a new checkpoint"},
	SkippedChange:   {"SKIPPED_CHANGE", "send first the justification of the block that changes the authorities"},
	BadChange:       {"BAD_CHANGE", "review what happened to the chain, then start from a new checkpoint"},
	NotFinal:        {"NOT_FINAL", "wait until this block is final, or name one of the finalised chain"},
	NoParaHead:      {"NO_PARA_HEAD", "use the number of a parachain that this relay chain has"},
	ParaFork:        {"PARA_FORK", "use another node; finalised blocks of a parachain do not change"},
	WrongHeader:     {"WRONG_HEADER", "use another node; this header is not the one asked for"},
	WrongBody:       {"WRONG_BODY", "use another node; these are not the extrinsics of the block"},
	BadCheckpoint:   {"BAD_CHECKPOINT", "make the checkpoint again; its parts do not agree"},
	StaleTarget:     {"STALE_TARGET", "no step is needed; a later block is final"},
	OtherChain:      {"OTHER_CHAIN", "use a node of the chain that the checkpoint is of"},

	BlockSequence:     {"BLOCK_SEQUENCE", "hand over the next final block, and each once"},
	HubSequence:       {"HUB_SEQUENCE", "hand over Nightjar's state in the order of heights, with all that it refers to"},
	JournalOrder:      {"JOURNAL_ORDER", "use the journal that this key and this configuration wrote, as a whole"},
	AttemptMismatch:   {"ATTEMPT_MISMATCH", "make the attempt that was asked for"},
	JobOver:           {"JOB_OVER", "no step is needed; the job was done or became void meanwhile"},
	NotHeld:           {"NOT_HELD", "only a deposit that is held, and not signed for, can be sent back"},
	StatementMismatch: {"STATEMENT_MISMATCH", "compare this signer's chain and configuration with the others'"},
	TwoStatements:     {"TWO_STATEMENTS", "ask this signer's operator: one key signed two things that exclude each other"},
	TooManyEarly:      {"TOO_MANY_EARLY", "send these signatures again when this gateway has caught up"},

	JournalInUse:   {"JOURNAL_IN_USE", "another process runs this gateway; two would pay twice"},
	BadJournal:     {"BAD_JOURNAL", "do not cut, edit or delete it; restore its disk or recover as the runbook says"},
	BadRequest:     {"BAD_REQUEST", "correct the named part of the request"},
	TooManyWatched: {"TOO_MANY_WATCHED", "announce again later, or use another gateway"},
	BadPeer:        {"BAD_PEER", "ask the operator of the other gateway"},
	FinalityBroken: {"FINALITY_BROKEN", "stop, and compare the external chain's final blocks with the other operators"},
	Unreconciled:   {"UNRECONCILED", "payments wait; find what moved custody's balance before anything else"},
	UnknownDeposit: {"UNKNOWN_DEPOSIT", "use the id of a deposit that this gateway has seen"},

	WrongMetadata: {"WRONG_METADATA", "use another node; this is not the metadata accepted for the chain's runtime"},
	FeeSpike:      {"FEE_SPIKE", "wait until the chain's fees fall, or raise the limit"},
	FundsMissing:  {"FUNDS_MISSING", "send the account what it needs for fees, deposits and payments"},
	BadExternal:   {"BAD_EXTERNAL", "correct the asset's identity on its chain; this chain has no such asset"},
}
