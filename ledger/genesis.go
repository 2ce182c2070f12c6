package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"

	"github.com/nightjar/nightjar/attestation"
	"github.com/nightjar/nightjar/protocol/asset"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/encoding"
	"github.com/nightjar/nightjar/protocol/governance"
	"github.com/nightjar/nightjar/protocol/market"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/registry"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Genesis is everything that a chain starts from. It is public, never changes,
// and says by itself whether the chain is a development one.
type Genesis struct {
	ChainID     string `json:"chain_id"`    // 1 to 50 of a–z, 0–9, -
	Time        int64  `json:"time"`        // Unix seconds; the first block's time
	Development bool   `json:"development"` // test assets may exist; nothing here is worth anything

	AllowSimulated bool                  `json:"allow_simulated"` // workers may be enclaves that protect nothing
	SimulatedRoot  quorum.Key            `json:"simulated_root"`  // signs simulated evidence; zero unless allowed
	Measurements   []GenesisMeasurement  `json:"measurements"`    // enclave images that may register
	Operators      []quorum.Key          `json:"operators"`       // who may run workers, ascending
	Validators     []Validator           `json:"validators"`      // ascending by key
	Signers        Signers               `json:"signers"`         // of the custody
	Keys           map[Circuit]VerifyKey `json:"verifying_keys"`  // action, fill, collect: version 1

	Treasury Address        `json:"treasury"`  // who the fees are paid to
	FeeAsset uint32         `json:"fee_asset"` // asset of the flat fee
	Fee      uint64         `json:"fee"`       // flat fee of an action that is not a withdrawal
	Assets   []GenesisAsset `json:"assets"`    // ascending by id
	Markets  []Market       `json:"markets"`   // ascending by id

	Params    Params    `json:"params"`
	Constants Constants `json:"constants"`
	Bounds    Bounds    `json:"bounds"`
	Limits    Limits    `json:"limits"`
}

// VerifyKey is a verifying key, its hash (verify.Key.Hash), which is what people
// compare, and where it comes from (spec/19-ceremony.md).
type VerifyKey struct {
	Hash       quorum.Key `json:"hash"`
	Circuit    quorum.Key `json:"circuit"`    // digest of the constraint system
	Transcript quorum.Key `json:"transcript"` // hash of the ceremony's; zero: a DEVELOPMENT key
	Key        Hex        `json:"key"`
}

// ceremonial reports whether the key names a ceremony and what it was held for.
func (k VerifyKey) ceremonial() bool {
	return k.Transcript != quorum.Key{} && k.Circuit != quorum.Key{}
}

// Validator is a consensus key and its power.
type Validator struct {
	Key   quorum.Key `json:"key"`
	Power uint64     `json:"power"`
}

// GenesisMeasurement is an allowed enclave image.
type GenesisMeasurement struct {
	Provider string `json:"provider"` // tdx, sev-snp or SIMULATED
	Digest   Hex    `json:"digest"`   // 48 bytes
}

// GenesisAsset is an asset with its first limits and exit fee.
type GenesisAsset struct {
	ID         uint32 `json:"id"`
	Symbol     string `json:"symbol"`
	Decimals   uint8  `json:"decimals"`
	Chain      uint32 `json:"chain"`
	Test       bool   `json:"test"`
	MaxExitFee uint64 `json:"max_exit_fee"`
	ExitFee    uint64 `json:"exit_fee"`
	MinDeposit uint64 `json:"min_deposit"`
	MaxDeposit uint64 `json:"max_deposit"`
	MaxSupply  uint64 `json:"max_supply"`

	ExternalDecimals uint8 `json:"external_decimals"`
	External         Hex   `json:"external"` // empty for a test asset
}

// Market is a market record in a genesis file.
type Market struct {
	ID      uint32 `json:"id"`
	Base    uint32 `json:"base"`
	Quote   uint32 `json:"quote"`
	LotSize uint64 `json:"lot_size"`
	Tick    uint64 `json:"tick"`
	FeeBp   uint16 `json:"fee_bp"`
	Collar  uint16 `json:"collar_bp"`
	MinQty  uint64 `json:"min_qty"`
	Halt    uint16 `json:"halt_bp"`
}

// Record returns the market's record.
func (m Market) Record() market.Record { return market.Record(m) }

// Change returns the asset as the change that would add it later.
func (a GenesisAsset) Change() governance.AddAsset {
	return governance.AddAsset{
		Record: asset.Record{ID: a.ID, Symbol: a.Symbol, Decimals: a.Decimals, Chain: a.Chain,
			Test: a.Test, MaxExitFee: a.MaxExitFee, ExternalDecimals: a.ExternalDecimals, External: a.External},
		MinDeposit: a.MinDeposit, MaxDeposit: a.MaxDeposit, MaxSupply: a.MaxSupply, ExitFee: a.ExitFee,
	}
}

// Measurement returns the measurement; BAD_GENESIS for an unknown provider or
// a wrong length.
func (m GenesisMeasurement) Measurement() (registry.Measurement, error) {
	var out registry.Measurement
	for _, p := range []registry.Provider{registry.TDX, registry.SEVSNP, registry.Simulated} {
		if p.String() == m.Provider && len(m.Digest) == len(out.Digest) {
			out.Provider = p
			copy(out.Digest[:], m.Digest)
			return out, nil
		}
	}
	return out, rejection.New(rejection.BadGenesis, "a measurement has a known provider and 48 bytes")
}

// Hex is a byte string that JSON shows in lower-case hex.
type Hex []byte

// MarshalText writes lower-case hex.
func (h Hex) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, h), nil }

// UnmarshalText reads exactly the hex that MarshalText writes.
func (h *Hex) UnmarshalText(text []byte) error {
	b := make([]byte, hex.DecodedLen(len(text)))
	if _, err := hex.Decode(b, text); err != nil || !bytes.Equal(hex.AppendEncode(nil, b), text) {
		return rejection.New(rejection.NonCanonical, "bytes are written in lower-case hex")
	}
	*h = append(Hex(nil), b...) // no bytes are nil, as nowhere are they anything else
	return nil
}

// ParseGenesis reads a genesis file and validates it. Unknown keys, values of
// the wrong form and anything after the object are BAD_GENESIS.
func ParseGenesis(b []byte) (*Genesis, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	g := new(Genesis)
	if err := d.Decode(g); err != nil {
		return nil, rejection.New(rejection.BadGenesis, "%v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, rejection.New(rejection.BadGenesis, "something follows the object")
	}
	return g, g.Validate()
}

// Hash returns SHA-256(context ‖ JSON), over the one compact JSON that this
// type encodes to. The state commits to it: two nodes with different files part
// at height 0 and not at the first transaction that shows the difference.
func (g *Genesis) Hash() ([32]byte, error) {
	text, err := json.Marshal(g)
	if err != nil {
		return [32]byte{}, rejection.New(rejection.BadGenesis, "%v", err)
	}
	w := encoding.NewWriter(64 + len(text))
	w.Var([]byte(domain.GenesisHash))
	w.Fixed(text)
	return sha256.Sum256(w.Bytes()), nil
}

// Validate refuses (BAD_GENESIS) a genesis that breaks a rule of the protocol.
// The zero genesis is refused: nothing has a default.
func (g *Genesis) Validate() error {
	for _, check := range []func() error{
		g.checkName, g.Constants.check,
		func() error { return g.Bounds.check(g.Constants) },
		func() error { return g.Params.check(g.Constants, g.Bounds) },
		g.Limits.check, g.checkParties, g.checkKeys, g.checkRecords,
	} {
		if err := check(); err != nil {
			return rejection.New(rejection.BadGenesis, "%v", err)
		}
	}
	return nil
}

func (g *Genesis) checkName() error {
	if g.Time <= 0 || g.Time >= 1<<40 {
		return bounds("time is the Unix time of the start in seconds")
	}
	if len(g.ChainID) == 0 || len(g.ChainID) > 50 {
		return bounds("chain_id has 1 to 50 characters")
	}
	for _, c := range []byte(g.ChainID) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return bounds("chain_id consists of a to z, 0 to 9 and -")
		}
	}
	return nil
}

func (g *Genesis) checkParties() error {
	if g.AllowSimulated && !g.Development {
		return bounds("simulated enclaves need a development genesis")
	}
	if g.AllowSimulated != (g.SimulatedRoot != quorum.Key{}) {
		return bounds("simulated_root is set exactly when allow_simulated is")
	}
	if len(g.Validators) == 0 || len(g.Validators) > maxValidators {
		return bounds("1 to %d validators", maxValidators)
	}
	for i, v := range g.Validators {
		if v.Power == 0 || v.Power > maxPower {
			return bounds("a validator's power is between 1 and 2^40")
		}
		if i > 0 && bytes.Compare(g.Validators[i-1].Key[:], v.Key[:]) >= 0 {
			return bounds("validators ascend by key")
		}
	}
	if err := ascending(g.Operators); err != nil {
		return err
	}
	return validSigners(g.Signers)
}

func validSigners(s Signers) error {
	if s.Threshold == 0 || int(s.Threshold) > len(s.Keys) || len(s.Keys) > governance.MaxSigners {
		return bounds("1 ≤ threshold ≤ signers ≤ %d", governance.MaxSigners)
	}
	if 2*int(s.Threshold) <= len(s.Keys) {
		return bounds("2·threshold > signers: two sets of so many share one")
	}
	return ascending(s.Keys)
}

func ascending(keys []quorum.Key) error {
	for i := 1; i < len(keys); i++ {
		if bytes.Compare(keys[i-1][:], keys[i][:]) >= 0 {
			return bounds("keys ascend and differ")
		}
	}
	return nil
}

func (g *Genesis) checkKeys() error {
	if len(g.Keys) != len(circuits) {
		return bounds("verifying keys of action, fill and collect")
	}
	for _, c := range circuits {
		k := g.Keys[c]
		if len(k.Key) == 0 || keyHash(k.Key) != k.Hash {
			return bounds("the %s key does not have its hash", c)
		}
		if !g.Development && !k.ceremonial() {
			return bounds("the %s key comes from no ceremony: development keys are for development networks", c)
		}
	}
	if _, err := parseKeys(g.Keys); err != nil {
		return err
	}
	if g.Treasury.IsZero() {
		return bounds("treasury is an address")
	}
	return nil
}

// keyHash is the hash of a verifying key (spec/11-circuits.md).
func keyHash(key []byte) [32]byte {
	w := encoding.NewWriter(len(key) + 64)
	w.Var([]byte(domain.VerifyingKey))
	w.Fixed(key)
	return sha256.Sum256(w.Bytes())
}

func (g *Genesis) checkRecords() error {
	if g.Fee > g.Bounds.MaxFee {
		return bounds("fee is at most max_fee")
	}
	known := make(map[uint32]bool)
	for i, a := range g.Assets {
		if i > 0 && g.Assets[i-1].ID >= a.ID {
			return bounds("assets ascend by id")
		}
		if err := checkAsset(a.Change(), g); err != nil {
			return err
		}
		for _, other := range g.Assets[:i] {
			if other.Change().Record.SameExternal(a.Change().Record) {
				return bounds("assets %d and %d are one on chain %d", other.ID, a.ID, a.Chain)
			}
		}
		known[a.ID] = true
	}
	if !known[g.FeeAsset] {
		return bounds("fee_asset is one of the assets")
	}
	for i, m := range g.Markets {
		if i > 0 && g.Markets[i-1].ID >= m.ID {
			return bounds("markets ascend by id")
		}
		if err := m.Record().Validate(); err != nil {
			return err
		}
		if !known[m.Base] || !known[m.Quote] {
			return bounds("a market's assets are listed")
		}
	}
	for _, m := range g.Measurements {
		v, err := m.Measurement()
		if err != nil {
			return err
		}
		if v.Provider == registry.Simulated && !g.AllowSimulated {
			return bounds("a simulated measurement needs allow_simulated")
		}
	}
	return nil
}

// checkAsset refuses an asset that the genesis' bounds don't allow.
func checkAsset(a governance.AddAsset, g *Genesis) error {
	if err := a.Record.Validate(); err != nil {
		return err
	}
	switch {
	case a.Record.Test && !g.Development:
		return rejection.New(rejection.DevelopmentCustody, "asset %d", a.Record.ID)
	case a.Record.MaxExitFee > g.Bounds.MaxExitFee || a.ExitFee > a.Record.MaxExitFee:
		return bounds("exit_fee ≤ max_exit_fee of the asset ≤ max_exit_fee of the genesis")
	}
	return checkLimits(a.MinDeposit, a.MaxDeposit, a.MaxSupply)
}

// checkLimits refuses limits of deposits that none could keep.
func checkLimits(least, most, supply uint64) error {
	if least == 0 || least > most || most > supply {
		return bounds("0 < min_deposit ≤ max_deposit ≤ max_supply")
	}
	return nil
}

// policy returns what evidence the chain accepts, given the measurements that
// are allowed now.
func (g *Genesis) policy(allowed []registry.Measurement) attestation.Policy {
	return attestation.Policy{Allowed: allowed, AllowSimulated: g.AllowSimulated, SimulatedRoot: g.SimulatedRoot}
}
