package trade

import (
	"encoding/binary"

	circuit "github.com/nightjar/nightjar/circuit/action"
	"github.com/nightjar/nightjar/protocol/action"
	"github.com/nightjar/nightjar/protocol/custody"
	"github.com/nightjar/nightjar/protocol/domain"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/keys"
	"github.com/nightjar/nightjar/protocol/order"
	"github.com/nightjar/nightjar/protocol/seal"
)

// made is a plan as a transaction, with everything that its maker knows of it.
type made struct {
	plan     plan
	tx       []byte
	id       [32]byte
	epoch    uint64
	nfs, cms [3]field.Element
	outs     [3]*coin // nil: of value 0
	command  seal.Command
	sealed   *seal.Instruction // if it was really sealed
	aad      [32]byte
	claim    custody.ClaimID // of a withdrawal
	back     *coin           // its note if it is returned
	admitted uint64
	gone     bool // its new order was taken out before it came to rest
}

// output is what an action makes.
type output struct {
	to    *account
	asset uint32
	value uint64
	terms *order.Terms
}

// maker is what making actions needs of the block before.
type maker struct {
	anchor   field.Element
	epoch    uint64
	sealKey  []byte
	seal     uint64 // one in so many is really sealed; 0: none
	relation *Relation
}

// make turns a plan into a signed transaction. It changes nothing but the
// relation's deposits, so many are made side by side.
func (m maker) make(p plan) *made {
	a := p.who
	out := &made{plan: p, epoch: m.epoch}
	w := &circuit.Witness{
		Key: a.view.ProverKey, Alpha: a.alpha, Anchor: m.anchor,
		Fee: flatFee, FeeAsset: hub,
	}
	if p.kind == leaving {
		w.Fee, w.FeeInAsset, w.Out, w.OutAsset = exitFee, true, p.value, p.asset
	}
	for i, c := range p.in {
		if c == nil {
			w.Inputs[i], out.nfs[i] = dummy(a, p.salt, uint64(i))
			continue
		}
		s := circuit.Spend{Asset: c.asset, Value: c.value, D: a.to.D, R: c.r, Rho: c.mid}
		s.Path.Position = c.position
		if c.order != nil {
			s.Rho, s.Order = field.Element{}, &circuit.Terms{Hash: c.order.terms.Hash(), S: c.mid}
		}
		w.Inputs[i], out.nfs[i] = s, c.nf
	}
	nf0 := out.nfs[0]
	var text [3]seal.Plaintext
	payee := keys.Address{}
	for j, o := range p.outputs() {
		r := a.view.OutputR(nf0, j)
		c := &coin{owner: o.to, asset: o.asset, value: o.value, r: r, c: keys.Owner(o.to.to.PKd, r), mid: plus(nf0, uint64(j))}
		create := circuit.Create{Asset: o.asset, Value: o.value, C: c.c}
		text[j] = seal.Plaintext{Kind: seal.OwnNote, Asset: o.asset, Value: o.value, D: o.to.to.D}
		if o.terms != nil {
			c.mid = a.view.OrderSecret(nf0)
			c.order = &promise{terms: *o.terms, handling: p.handling}
			hash := o.terms.Hash()
			create.Order = &circuit.Terms{Hash: hash, S: c.mid}
			c.leaf = orderLeaf(o.asset, o.value, hash, a.oid, c.mid, c.c)
			text[j].Kind, text[j].Terms, text[j].Handling = seal.OwnOrder, *o.terms, p.handling
			out.command = seal.Command{Kind: seal.NewOrder, Handling: p.handling,
				Order: order.Order{Terms: *o.terms, Asset: o.asset, Value: o.value, OID: a.oid, C: c.c, S: c.mid}}
		} else {
			c.leaf = noteLeaf(o.asset, o.value, c.mid, c.c)
		}
		if o.to != a {
			text[j].Kind, payee = seal.Payment, o.to.to
		}
		w.Outputs[j], out.cms[j] = create, c.leaf
		if o.value > 0 {
			out.outs[j] = c
		}
	}
	switch p.kind {
	case softly:
		out.command = seal.Command{Kind: seal.Cancel, OCM: p.target.leaf, S: p.target.mid}
	case wholly:
		out.command = seal.Command{Kind: seal.CancelAll, OID: a.oid}
	case beating:
		out.command = seal.Command{Kind: seal.Heartbeat, OID: a.oid, Blocks: p.blocks}
	}

	tx := &action.Action{Version: 1, Anchor: m.anchor, Nullifiers: out.nfs, Commitments: out.cms,
		RK: a.rk, Epoch: m.epoch, Fee: w.Fee, FeeInAsset: w.FeeInAsset}
	out.aad = tx.AAD()
	if m.seal > 0 && p.salt%m.seal == 0 {
		var err error
		if tx.Sealed, err = seal.SealOutputs(a.view, nf0, text, payee, hashOf("entropy", p.salt)); err != nil {
			panic(err)
		}
		if tx.Instruction, err = seal.SealInstruction(m.sealKey, chainID, out.aad, out.command); err != nil {
			panic(err)
		}
		out.sealed = &tx.Instruction
	} else {
		binary.BigEndian.PutUint64(tx.Instruction[:], p.salt)
	}
	if p.kind == leaving {
		recipient, err := action.NewRecipient([]byte("somewhere"))
		if err != nil {
			panic(err)
		}
		r := a.view.ReturnR(nf0)
		out.claim = custody.NewClaimID(chainID, nf0)
		out.back = &coin{owner: a, asset: p.asset, value: p.value, r: r, c: keys.Owner(a.to.PKd, r), mid: out.claim.ReturnRho()}
		out.back.leaf = noteLeaf(p.asset, p.value, out.back.mid, out.back.c)
		tx.Out = action.Output{Asset: p.asset, Amount: p.value, Recipient: recipient, Return: out.back.c}
	}
	w.Digest = tx.Digest(chainID)
	tx.Proof = m.relation.deposit(action.Kind, nf0, w)
	tx.Signature = a.key.Sign(w.Alpha, tx.Sighash(chainID), nil)
	out.tx, out.id = tx.Encode(), tx.ID(chainID)
	return out
}

// dummy returns an input that is not in the tree.
func dummy(a *account, salt, slot uint64) (circuit.Spend, field.Element) {
	s := circuit.Spend{Dummy: true, Asset: hub, D: a.to.D, R: field.FromUint64(salt), Rho: field.FromUint64(slot)}
	leaf := noteLeaf(hub, 0, s.Rho, keys.Owner(a.to.PKd, s.R))
	return s, field.K(a.view.NK, leaf, words(0, 0, uint64(domain.NF), 0))
}

// outputs returns the three outputs: what the plan makes, the change, zeros.
func (p plan) outputs() [3]output {
	var list []output
	sums := map[uint32]uint64{}
	var assets []uint32
	for _, c := range p.in {
		if c == nil {
			continue
		}
		if _, ok := sums[c.asset]; !ok {
			assets = append(assets, c.asset)
		}
		sums[c.asset] += c.value
	}
	switch p.kind {
	case placing, replacing:
		asset := p.terms.FundingAsset()
		list = append(list, output{p.who, asset, p.value, &p.terms})
		sums[asset] -= p.value
	case paying:
		list = append(list, output{p.payee, p.asset, p.value, nil})
		sums[p.asset] -= p.value
	case leaving:
		sums[p.asset] -= p.value + exitFee
	}
	if p.kind != leaving && !p.free {
		sums[hub] -= flatFee
	}
	for _, asset := range assets {
		if sums[asset] > 0 {
			list = append(list, output{p.who, asset, sums[asset], nil})
		}
	}
	for len(list) < 3 {
		list = append(list, output{p.who, hub, 0, nil})
	}
	return [3]output(list)
}
