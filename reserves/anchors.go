package reserves

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nightjar/nightjar/protocol/external"
	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/protocol/state"
	"github.com/nightjar/nightjar/substrate/chain"
	"github.com/nightjar/nightjar/substrate/header"
	"github.com/nightjar/nightjar/substrate/scale"
)

// Bodies reads the extrinsics of final blocks, proven; *chain.Reader is one.
type Bodies interface {
	At(ctx context.Context, hash header.Hash) (chain.Block, error)
	Extrinsics(ctx context.Context, b chain.Block) ([][]byte, error)
}

// Headers says what an anchor of a height has to say, from a verified header; ok
// is false where that is not known: the height was not reached, or is too old.
type Headers func(ctx context.Context, height uint64) (a external.Anchor, ok bool, err error)

// Anchored is the newest anchor that says what the own header does.
type Anchored struct {
	Height uint64     `json:"height"` // of Nightjar
	Signer quorum.Key `json:"signer"`
	Block  uint32     `json:"block"` // of the other chain
	Hash   quorum.Key `json:"hash"`  // of that block
	Equal  int        `json:"equal"` // anchors that say what the own headers do
	By     int        `json:"by"`    // so many signers made them; m are one honest one at least
	Other  int        `json:"other"` // anchors of heights that can't be compared
}

// MaxBlocks is how many blocks Anchors reads; more are left alone.
const MaxBlocks = 64

// Anchors reads the anchors in blocks of another chain, which anybody may have
// named, and compares them with the own headers.
//
//   - ANCHOR_MISMATCH: a signer remarked another header for a height that we
//     have. A signer is whoever was in any of the sets, the retired too: whoever
//     shows a false history shows its own signers, and those of before it stand
//     against it.
//   - ANCHOR_MISSING: no anchor of height since or later is equal to our header.
//
// Blocks that are not final, or that no node serves, hold no anchors; what is
// wrong with them is part of ANCHOR_MISSING alone.
func Anchors(ctx context.Context, b Bodies, network external.Network, sets []state.Signers, blocks []header.Hash, own Headers, since uint64) (*Anchored, error) {
	var newest Anchored
	var unread error
	by := map[quorum.Key]bool{}
	for i, hash := range blocks {
		if slices.Contains(blocks[:i], hash) {
			continue
		}
		if i >= MaxBlocks {
			unread = errors.Join(unread, fmt.Errorf("%d blocks are too many to read", len(blocks)))
			break
		}
		found, at, err := read(ctx, b, network, sets, hash)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			unread = errors.Join(unread, fmt.Errorf("block %v: %w", hash, err))
			continue
		}
		for _, f := range found {
			want, ok, err := own(ctx, f.anchor.Height)
			switch {
			case err != nil:
				return nil, err
			case !ok:
				newest.Other++
			case want != f.anchor:
				return nil, rejection.New(rejection.AnchorMismatch, "height %d, remarked by %x in block %d %v", f.anchor.Height, f.by, at.Number, hash)
			default:
				newest.Equal++
				by[f.by] = true
				if newest.Equal == 1 || f.anchor.Height > newest.Height {
					newest.Height, newest.Signer = f.anchor.Height, f.by
					newest.Block, newest.Hash = at.Number, quorum.Key(hash)
				}
			}
		}
	}
	if newest.Equal == 0 || newest.Height < since {
		detail := fmt.Sprintf("none of height %d or later in %d blocks", since, len(blocks))
		if unread != nil {
			detail += ": " + unread.Error()
		}
		return nil, rejection.New(rejection.AnchorMissing, "%s", detail)
	}
	newest.By = len(by)
	return &newest, nil
}

// found is an anchor and who signed its extrinsic.
type found struct {
	anchor external.Anchor
	by     quorum.Key
}

func read(ctx context.Context, b Bodies, network external.Network, sets []state.Signers, hash header.Hash) ([]found, chain.Block, error) {
	at, err := b.At(ctx, hash)
	if err != nil {
		return nil, at, err
	}
	extrinsics, err := b.Extrinsics(ctx, at)
	if err != nil {
		return nil, at, err
	}
	var out []found
	for _, x := range extrinsics {
		f, ok := anchorOf(x, network)
		if ok && slices.ContainsFunc(sets, func(s state.Signers) bool { return slices.Contains(s.Keys, f.by) }) {
			out = append(out, f)
		}
	}
	return out, at, nil
}

// What a signer's extrinsic begins with before its key and after it, and what
// stands before the remark that ends it: a signed extrinsic of version 4, an
// account by its id, an Ed25519 signature; system.remark_with_event of 84 bytes,
// whose number has been 8 until System lost its first call, and is 7 since.
var (
	signedBy    = []byte{0x84, 0x00}
	ed25519Kind = []byte{0x00}
	remarks     = [2][]byte{{0x00, 0x07, 0x51, 0x01}, {0x00, 0x08, 0x51, 0x01}}
)

const (
	keySize       = 32
	signatureSize = 64
	remarkSize    = 4
	anchorSize    = 84
)

// anchorOf reads the anchor that an extrinsic of a final block is:
//
//	compact length ‖ 84 ‖ 00 ‖ key ‖ 00 ‖ signature ‖ … ‖ 00 07 or 00 08 ‖ compact 84 ‖ remark
//
// The chain has verified the signature, so that nobody but the key's holder
// made it; and no other call that a signer signs ends with bytes of somebody's
// choice (spec/22). So no metadata is needed, which nothing proves.
func anchorOf(extrinsic []byte, network external.Network) (found, bool) {
	r := scale.NewReader(extrinsic)
	body := r.Vec()
	least := len(signedBy) + keySize + len(ed25519Kind) + signatureSize + remarkSize + anchorSize
	rest, signed := bytes.CutPrefix(body, signedBy)
	if r.Done() != nil || len(body) < least || !signed {
		return found{}, false
	}
	key, rest := rest[:keySize], rest[keySize:]
	if !bytes.HasPrefix(rest, ed25519Kind) {
		return found{}, false
	}
	head, tail := body[:len(body)-anchorSize], body[len(body)-anchorSize:]
	decoded, err := external.Decode(network, tail)
	anchor, ok := decoded.(external.Anchor)
	if err != nil || !ok || !bytes.HasSuffix(head, remarks[0]) && !bytes.HasSuffix(head, remarks[1]) {
		return found{}, false
	}
	return found{anchor, quorum.Key(key)}, true
}
