package extrinsic

import (
	"golang.org/x/crypto/blake2b"

	"github.com/nightjar/nightjar/protocol/rejection"
	"github.com/nightjar/nightjar/substrate/metadata"
)

// Version is a runtime's version as a node tells it.
type Version struct {
	SpecName           string
	SpecVersion        uint32
	TransactionVersion uint32
}

// Pin is what an operator accepted: the encoding of calls changes only with the
// transaction version. The zero value accepts nothing.
type Pin struct {
	SpecName           string
	TransactionVersion uint32
}

// Runtime builds the extrinsics of one chain under one runtime.
type Runtime struct {
	md      *metadata.Metadata
	version Version
	genesis [32]byte
	plan    []extension
}

// New returns the builder for a chain, by its genesis hash, and a runtime. It
// refuses a version that is not the pinned one or not the one that the metadata
// says of itself (RUNTIME_CHANGED), another version of extrinsics than 4
// (UNKNOWN_VERSION), and extensions that it does not know (UNKNOWN_EXTENSION).
func New(md *metadata.Metadata, version Version, pin Pin, genesis [32]byte) (*Runtime, error) {
	if version.SpecName != pin.SpecName || version.TransactionVersion != pin.TransactionVersion {
		return nil, rejection.New(rejection.RuntimeChanged, "%q with transaction version %d, accepted are %q with %d",
			version.SpecName, version.TransactionVersion, pin.SpecName, pin.TransactionVersion)
	}
	said, err := VersionOf(md)
	if err != nil {
		return nil, err
	}
	if said != version {
		return nil, rejection.New(rejection.RuntimeChanged, "metadata of %q %d for a runtime %q %d",
			said.SpecName, said.SpecVersion, version.SpecName, version.SpecVersion)
	}
	if md.Extrinsic.Version != format {
		return nil, rejection.New(rejection.UnknownVersion, "extrinsics of version %d", md.Extrinsic.Version)
	}
	plan, err := planOf(md, version, genesis)
	if err != nil {
		return nil, err
	}
	return &Runtime{md, version, genesis, plan}, nil
}

// VersionOf returns the version that metadata says its runtime has, the constant
// System.Version.
func VersionOf(md *metadata.Metadata) (Version, error) {
	v, err := md.Constant("System", "Version")
	if err != nil {
		return Version{}, err
	}
	fields, ok := v.(metadata.Composite)
	name, named := fields.Get("spec_name").(metadata.Text)
	spec, numbered := metadata.AsUint64(fields.Get("spec_version"))
	tx, versioned := metadata.AsUint64(fields.Get("transaction_version"))
	if !ok || !named || !numbered || !versioned || spec>>32 != 0 || tx>>32 != 0 {
		return Version{}, rejection.New(rejection.BadCall, "the metadata's System.Version is no version")
	}
	return Version{string(name), uint32(spec), uint32(tx)}, nil
}

// Metadata returns the metadata that the runtime was made of.
func (r *Runtime) Metadata() *metadata.Metadata { return r.md }

// Version returns the runtime's version.
func (r *Runtime) Version() Version { return r.version }

// Call is an encoded call of one runtime. The zero value is none and refused.
type Call struct {
	bytes []byte
	of    [32]byte // hash of the metadata that gave it its meaning
}

// Bytes returns the call's encoding.
func (c Call) Bytes() []byte { return append([]byte(nil), c.bytes...) }

// Hash returns the call's BLAKE2b-256, by which pallet-multisig knows it.
func (c Call) Hash() [32]byte { return blake2b.Sum256(c.bytes) }

// Call builds a call from the names of its pallet, its own and its fields. A
// name, a number of fields or a value that the metadata does not have is refused
// (UNKNOWN_ITEM, BAD_CALL).
func (r *Runtime) Call(pallet, name string, fields ...Field) (Call, error) {
	item, err := r.md.Call(pallet, name)
	if err != nil {
		return Call{}, err
	}
	e := encoder{md: r.md}
	e.w.U8(item.Pallet)
	e.w.U8(item.Index)
	if err := e.fields(item.Fields, fields); err != nil {
		return Call{}, err
	}
	return Call{e.w.Bytes(), r.md.Hash}, nil
}
