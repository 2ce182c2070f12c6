package kusama

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/nightjar/nightjar/protocol/amount"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/extrinsic"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/metadata"
	"github.com/nightjar/nightjar/substrate/rpc"
	"github.com/nightjar/nightjar/substrate/storage"
	"github.com/nightjar/nightjar/vault"
)

// The weight that an execution may have: twice what the node says that the call
// takes, and a little for what it does not count. What is not used is not paid
// for. A node that says too little makes the execution fail (MaxWeightTooLow),
// which costs a fee; one that says more than the limit is not believed.
var (
	extraWeight = extrinsic.Weight{RefTime: 200_000_000, ProofSize: 10_000}
	maxWeight   = extrinsic.Weight{RefTime: 50_000_000_000, ProofSize: 1_000_000}
)

// deferred is why an order has to wait; err says more.
type deferred struct {
	why vault.Deferral
	err error
}

func (d *deferred) Error() string { return d.err.Error() }
func (d *deferred) Unwrap() error { return d.err }

func later(why vault.Deferral, err error) error { return &deferred{why, err} }

// Prepare implements gateway.Adapter. It looks at the newest final block, in
// which an attempt that went before is either included or can't be any more.
func (a *Adapter) Prepare(ctx context.Context, o vault.Order) (vault.Attempt, vault.Deferral, error) {
	attempt, err := a.prepare(ctx, o)
	var d *deferred
	switch {
	case err == nil:
		return attempt, 0, nil
	case errors.As(err, &d):
		return vault.Attempt{}, d.why, err
	case errors.Is(err, rejection.RuntimeChanged), errors.Is(err, rejection.UnknownExtension):
		return vault.Attempt{}, vault.DeferRuntime, err
	}
	return vault.Attempt{}, vault.DeferNode, err
}

func (a *Adapter) prepare(ctx context.Context, o vault.Order) (vault.Attempt, error) {
	b, ok := a.config.Chain.Finalised()
	if !ok {
		return vault.Attempt{}, errNothingFinal
	}
	view, err := a.view(ctx, b, o.Job)
	if err != nil {
		return vault.Attempt{}, err
	}
	call, err := a.own(ctx, o, view)
	if err != nil {
		return vault.Attempt{}, err
	}
	era, err := eraOf(o)
	if err != nil {
		return vault.Attempt{}, err
	}
	if b.Number >= era.Last() {
		return vault.Attempt{}, later(vault.DeferNode, rejection.New(rejection.BadEra, "the era from block %d is over", era.Birth()))
	}
	draft, err := view.builder.Draft(call, extrinsic.Terms{Signer: a.self, Nonce: view.self.Nonce, Era: era, Birth: o.At.Hash})
	if err != nil {
		return vault.Attempt{}, err
	}
	if err := a.affordable(ctx, draft, o, view); err != nil {
		return vault.Attempt{}, err
	}
	signature, err := a.config.Signer.SignExtrinsic(draft.Payload())
	if err != nil {
		return vault.Attempt{}, err
	}
	encoded, err := draft.Ed25519(signature)
	if err != nil {
		return vault.Attempt{}, err
	}
	attempt := vault.Attempt{
		JobID: o.Job.JobID, Number: o.Number, Form: o.Form, Nonce: view.self.Nonce,
		Birth: o.At.Number, Until: uint64(era.Last()),
		Hash: extrinsic.Hash(encoded), Extrinsic: encoded,
	}
	if o.Form != vault.Plain {
		attempt.Call = view.call.Hash()
	}
	return attempt, nil
}

// eraOf returns the era of an order, which ends with block At + Period − 1.
func eraOf(o vault.Order) (extrinsic.Era, error) {
	if o.At.Number > math.MaxUint32 || o.Period > math.MaxUint32 {
		return extrinsic.Era{}, rejection.New(rejection.BadEra, "an era of %d blocks from block %d", o.Period, o.At.Number)
	}
	return extrinsic.NewEra(uint32(o.Period), uint32(o.At.Number))
}

// view is what an order needs to know of the chain, proven at one final block.
type view struct {
	block     chain.Block
	metadata  *metadata.Metadata
	builder   *extrinsic.Runtime
	call      extrinsic.Call // the job's
	self      storage.AccountInfo
	operation *storage.Operation // of the job's call; nil: none was begun
	asset     holding
	source    held        // what the account to pay from has
	minimum   amount.Wide // what an account has to keep of the asset
}

// view reads what a job needs. Anchors need no more than the own account.
func (a *Adapter) view(ctx context.Context, b chain.Block, j vault.Job) (*view, error) {
	v := &view{block: b}
	self := storage.Account(a.self)
	if j.Kind == vault.Anchor {
		values, err := a.readFor(ctx, v, j, self)
		if err != nil {
			return nil, err
		}
		v.self, err = selfInfo(values[0], a.self, a.config.Prefix)
		if err != nil {
			return nil, later(vault.DeferFunds, err)
		}
		return v, nil
	}
	// The call's hash is the key of its record; it is that of any runtime which
	// encodes calls alike, and readFor demands so.
	hash, err := a.codec.Call(j)
	if err != nil {
		return nil, err
	}
	if v.asset, err = parseExternal(a.codec.runtime.Metadata(), j.External); err != nil {
		return nil, err
	}
	keys := [][]byte{self, storage.Multisig(j.Custody, hash), v.asset.key(j.From)}
	if v.asset.pallet != "" {
		key, err := v.asset.assetKey(a.codec.runtime.Metadata())
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	values, err := a.readFor(ctx, v, j, keys...)
	if err != nil {
		return nil, err
	}
	if v.call.Hash() != hash {
		return nil, rejection.New(rejection.RuntimeChanged, "the call is encoded otherwise than by the pinned runtime")
	}
	if v.self, err = selfInfo(values[0], a.self, a.config.Prefix); err != nil {
		return nil, later(vault.DeferFunds, err)
	}
	if values[1].Present {
		operation, err := storage.DecodeMultisig(values[1].Data)
		if err != nil {
			return nil, err
		}
		v.operation = &operation
	}
	if v.source, err = v.asset.read(values[2]); err != nil {
		return nil, err
	}
	v.minimum, err = v.asset.minimum(v.metadata, values[len(values)-1])
	return v, err
}

// readFor reads proven values for a job and builds its call for the runtime
// that made the block. RUNTIME_CHANGED if that is not one to pay with.
func (a *Adapter) readFor(ctx context.Context, v *view, j vault.Job, keys ...[]byte) ([]chain.Value, error) {
	of, m, values, err := a.read(ctx, v.block, keys...)
	if err != nil {
		return nil, err
	}
	v.metadata = m
	if v.builder, err = a.builder(of, m); err != nil {
		return nil, err
	}
	v.call, err = codec{a.network, v.builder}.callOf(j)
	return values, err
}

// own returns the call of the own account that an order asks for, if the chain
// is in the state which the order's form needs.
func (a *Adapter) own(ctx context.Context, o vault.Order, v *view) (extrinsic.Call, error) {
	state := func(format string, args ...any) (extrinsic.Call, error) {
		return extrinsic.Call{}, later(vault.DeferState, rejection.New(rejection.NothingToDo, format, args...))
	}
	switch {
	case (o.Form == vault.Plain) != (o.Job.Kind == vault.Anchor):
		return extrinsic.Call{}, rejection.New(rejection.BadCall, "form %d of a job of kind %d", o.Form, o.Job.Kind)
	case o.Form == vault.Plain:
		return v.call, nil
	case o.Form == vault.Open && v.operation != nil:
		return state("somebody approved it first")
	case o.Form == vault.Join && v.operation == nil:
		return state("nobody approved it yet")
	case o.Form == vault.Join && slices.Contains(v.operation.Approvals, [32]byte(a.self)) &&
		len(v.operation.Approvals) < int(o.Job.Generation.Threshold):
		return state("the own approval stands")
	case o.Form != vault.Open && o.Form != vault.Join:
		return extrinsic.Call{}, rejection.New(rejection.BadCall, "an unknown form %d", o.Form)
	}
	if o.Form == vault.Join {
		same, err := a.sameOpening(ctx, o, v)
		if err != nil {
			return extrinsic.Call{}, err
		}
		if !same {
			return state("it was opened anew")
		}
	}
	if err := funded(o.Job, v); err != nil {
		return extrinsic.Call{}, err
	}
	limit, err := a.weight(ctx, v)
	if err != nil {
		return extrinsic.Call{}, err
	}
	m := multisigOf(o.Job.Generation)
	if o.Form == vault.Open {
		return v.builder.Approve(m, a.self, nil, v.call.Hash(), limit)
	}
	first := extrinsic.Timepoint(v.operation.When)
	return v.builder.Execute(m, a.self, &first, v.call, limit)
}

// sameOpening reports whether the call that is open now is the one that was open
// at the order's block, which is the one that the order means: one that was
// taken back and opened anew since may be another's, out of turn (spec/21,
// "Approvals").
func (a *Adapter) sameOpening(ctx context.Context, o vault.Order, v *view) (bool, error) {
	if v.block.Hash == header.Hash(o.At.Hash) {
		return true, nil
	}
	b, err := a.config.Chain.At(ctx, header.Hash(o.At.Hash))
	if err != nil {
		return false, err
	}
	_, _, values, err := a.read(ctx, b, storage.Multisig(o.Job.Custody, v.call.Hash()))
	if err != nil || !values[0].Present {
		return false, err
	}
	then, err := storage.DecodeMultisig(values[0].Data)
	return err == nil && then.When == v.operation.When, err
}

// funded demands that the account to pay from has the amount and what it has to
// keep, or, of a job that takes everything, anything at all.
func funded(j vault.Job, v *view) error {
	needs, ok := j.Amount.Add(v.minimum)
	if j.Amount.IsZero() {
		needs = amount.WideOf(1)
	}
	if !ok || v.source.usable.Cmp(needs) < 0 {
		return later(vault.DeferFunds, rejection.New(rejection.FundsMissing, "the custody account"))
	}
	return nil
}

// weight returns the limit of the weight of a job's call.
func (a *Adapter) weight(ctx context.Context, v *view) (extrinsic.Weight, error) {
	// Its price is asked as if the own account made it; who makes it is no part
	// of its weight.
	era, err := extrinsic.NewEra(extrinsic.MinPeriod, v.block.Number)
	if err != nil {
		return extrinsic.Weight{}, err
	}
	draft, err := v.builder.Draft(v.call, extrinsic.Terms{Signer: a.self, Nonce: v.self.Nonce, Era: era, Birth: v.block.Hash})
	if err != nil {
		return extrinsic.Weight{}, err
	}
	fee, err := a.fee(ctx, draft, v.block)
	if err != nil {
		return extrinsic.Weight{}, err
	}
	limit := extrinsic.Weight{RefTime: fee.RefTime, ProofSize: fee.ProofSize}
	if limit.RefTime > maxWeight.RefTime/4 || limit.ProofSize > maxWeight.ProofSize/4 {
		return extrinsic.Weight{}, later(vault.DeferFee, rejection.New(rejection.FeeSpike, "a weight of %d ps and %d bytes", fee.RefTime, fee.ProofSize))
	}
	return extrinsic.Weight{
		RefTime:   2*limit.RefTime + extraWeight.RefTime,
		ProofSize: 2*limit.ProofSize + extraWeight.ProofSize,
	}, nil
}

// fee asks a node what a draft would cost.
func (a *Adapter) fee(ctx context.Context, d extrinsic.Draft, b chain.Block) (rpc.Fee, error) {
	encoded, err := d.Unsigned()
	if err != nil {
		return rpc.Fee{}, err
	}
	return ask(ctx, a.nodes, func(n Node) (rpc.Fee, error) { return n.Fee(ctx, encoded, b.Hash) })
}

// affordable demands that the fee is below the limit, and that the own account
// can pay it, and, in a first approval, the deposit that pallet-multisig keeps
// for as long as the call waits. The fee is the node's word. One that says too
// little can't make it higher: the limit of weight and the tip of nothing are
// signed.
func (a *Adapter) affordable(ctx context.Context, d extrinsic.Draft, o vault.Order, v *view) error {
	fee, err := a.fee(ctx, d, v.block)
	if err != nil {
		return err
	}
	if fee.Amount.Cmp(a.config.MaxFee) > 0 {
		return later(vault.DeferFee, rejection.New(rejection.FeeSpike, "a fee of %v, the limit is %v", fee.Amount, a.config.MaxFee))
	}
	needs, err := (holding{}).minimum(v.metadata, chain.Value{})
	if err != nil {
		return err
	}
	ok := true
	if o.Form == vault.Open {
		kept, err := reserve(v.metadata, uint16(o.Job.Generation.Threshold))
		if err != nil {
			return err
		}
		needs, ok = needs.Add(kept)
	}
	if ok {
		needs, ok = needs.Add(fee.Amount)
	}
	free, _ := v.self.Free.Sub(v.self.Frozen) // nothing if more is frozen than free
	if !ok || free.Cmp(needs) < 0 {
		return later(vault.DeferFunds, rejection.New(rejection.FundsMissing, "the own account %s needs %v", a.self.SS58(a.config.Prefix), needs))
	}
	return nil
}

// Submit implements gateway.Adapter. That nodes refuse an attempt is no error:
// they do so too when they have it, or when it was included. What became of it
// is told by final blocks alone.
func (a *Adapter) Submit(ctx context.Context, attempt vault.Attempt) error {
	var fault error
	for _, n := range a.nodes.nodes {
		_, err := n.Submit(ctx, attempt.Extrinsic)
		var refused *rpc.Refused
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &refused):
			a.nodes.report(n.Host(), err)
		default:
			a.nodes.report(n.Host(), err)
			fault = errors.Join(fault, err)
		}
	}
	return fault
}
