package extrinsic

import (
	"slices"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/scale"
)

// extension is what one signed extension puts into the extrinsic, and what it
// adds only to what is signed.
type extension struct {
	name    string
	extra   func(w *scale.Writer, t Terms)
	implied func(w *scale.Writer, r Runtime, t Terms)
}

func noExtra(*scale.Writer, Terms)            {}
func noImplied(*scale.Writer, Runtime, Terms) {}

// known are the extensions of the runtimes we speak to. What the metadata's
// types say has to agree; another name is refused, because only its author knows
// what a signature under it allows.
var known = []extension{
	{"CheckNonZeroSender", noExtra, noImplied},
	{"CheckSpecVersion", noExtra, func(w *scale.Writer, r Runtime, _ Terms) { w.U32(r.version.SpecVersion) }},
	{"CheckTxVersion", noExtra, func(w *scale.Writer, r Runtime, _ Terms) { w.U32(r.version.TransactionVersion) }},
	{"CheckGenesis", noExtra, func(w *scale.Writer, r Runtime, _ Terms) { w.Fixed(r.genesis[:]) }},
	{"CheckMortality", era, birth},
	{"CheckEra", era, birth}, // an older name
	{"CheckNonce", func(w *scale.Writer, t Terms) { w.Compact(uint64(t.Nonce)) }, noImplied},
	{"CheckWeight", noExtra, noImplied},
	{"ChargeTransactionPayment", func(w *scale.Writer, _ Terms) { w.Compact(0) }, noImplied}, // tip
	// Tip, and no asset: the fee is paid in the chain's own token.
	{"ChargeAssetTxPayment", func(w *scale.Writer, _ Terms) { w.Compact(0); w.Option(false) }, noImplied},
	{"PrevalidateAttests", noExtra, noImplied},
	// Mode 0, disabled, and no hash: we have the metadata itself.
	{"CheckMetadataHash", func(w *scale.Writer, _ Terms) { w.U8(0) }, func(w *scale.Writer, _ Runtime, _ Terms) { w.Option(false) }},
	{"StorageWeightReclaim", noExtra, noImplied},
}

func era(w *scale.Writer, t Terms)              { b := t.Era.bytes(); w.Fixed(b[:]) }
func birth(w *scale.Writer, _ Runtime, t Terms) { w.Fixed(t.Birth[:]) }

// bound are the extensions without which a signature would hold for other
// chains, for other runtimes, for ever or twice: one name of each row.
var bound = [][]string{{"CheckSpecVersion"}, {"CheckTxVersion"}, {"CheckGenesis"}, {"CheckMortality", "CheckEra"}, {"CheckNonce"}}

// planOf returns what the metadata's extensions encode, in their order. Each is
// tried on terms of no account, so that metadata whose types have changed under
// a name is refused now and not by a chain.
func planOf(md *metadata.Metadata, version Version, genesis [32]byte) ([]extension, error) {
	sample := Runtime{md: md, version: version, genesis: genesis}
	terms := Terms{Era: Era{period: 64, birth: 63}, Nonce: 1 << 20}
	var plan []extension
	for _, x := range md.Extrinsic.Extensions {
		i := slices.IndexFunc(known, func(k extension) bool { return k.name == x.Name })
		if i < 0 {
			return nil, rejection.New(rejection.UnknownExtension, "%q", x.Name)
		}
		if slices.ContainsFunc(plan, func(k extension) bool { return k.name == x.Name }) {
			return nil, rejection.New(rejection.UnknownExtension, "%q stands twice", x.Name)
		}
		var extra, implied scale.Writer
		known[i].extra(&extra, terms)
		known[i].implied(&implied, sample, terms)
		if md.Registry.Check(x.Type, extra.Bytes()) != nil || md.Registry.Check(x.Additional, implied.Bytes()) != nil {
			return nil, rejection.New(rejection.UnknownExtension, "%q has another encoding", x.Name)
		}
		plan = append(plan, known[i])
	}
	for _, names := range bound {
		if !slices.ContainsFunc(plan, func(k extension) bool { return slices.Contains(names, k.name) }) {
			return nil, rejection.New(rejection.UnknownExtension, "%s is missing", names[0])
		}
	}
	return plan, nil
}
