//go:build cgo

package token

import (
	"encoding/asn1"
	"errors"
	"fmt"
	"sync"

	"github.com/miekg/pkcs11"

	"github.com/nightjar/nightjar/protocol/quorum"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// What PKCS#11 v3.0 calls Edwards curves; the binding knows the version before.
const (
	keyTypeEdwards      = 0x40   // CKK_EC_EDWARDS
	mechanismEdwardsGen = 0x1055 // CKM_EC_EDWARDS_KEY_PAIR_GEN
	mechanismEdDSA      = 0x1057 // CKM_EDDSA
)

// Key is a key pair in a token. It keeps a session open and opens another when
// the token has been away.
type Key struct {
	options Options
	public  quorum.Key

	mu      sync.Mutex // of what follows: a session makes one signature at a time
	module  *pkcs11.Ctx
	session pkcs11.SessionHandle
	private pkcs11.ObjectHandle
	open    bool
	pin     error // WRONG_PIN once the token refused it: it is not tried again
}

// Open finds the key and logs in. It refuses a token or key that is not there,
// or is there twice (NO_KEY), and a wrong or locked PIN (WRONG_PIN).
func Open(o Options) (*Key, error) {
	k, err := load(o)
	if err != nil {
		return nil, err
	}
	if err := k.connect(); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	if k.public, err = k.readPublic(); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

// Generate makes a key pair inside the token, which never shows the private
// half. It refuses a label that is taken (KEY_EXISTS).
func Generate(o Options) (*Key, error) {
	k, err := load(o)
	if err != nil {
		return nil, err
	}
	if err := k.generate(); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	if err := k.Close(); err != nil {
		return nil, err
	}
	return Open(o)
}

func (k *Key) generate() error {
	if err := k.login(); err != nil {
		return err
	}
	for _, class := range []uint{pkcs11.CKO_PRIVATE_KEY, pkcs11.CKO_PUBLIC_KEY} {
		found, err := k.find(class)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return rejection.New(rejection.KeyExists, "the token has a key %q", k.options.Key)
		}
	}
	curve, err := asn1.MarshalWithParams("edwards25519", "printable")
	if err != nil {
		return err
	}
	label := []byte(k.options.Key)
	public := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
		pkcs11.NewAttribute(pkcs11.CKA_ID, label),
		pkcs11.NewAttribute(pkcs11.CKA_VERIFY, true),
		pkcs11.NewAttribute(pkcs11.CKA_EC_PARAMS, curve),
	}
	private := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_TOKEN, true),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, label),
		pkcs11.NewAttribute(pkcs11.CKA_ID, label),
		pkcs11.NewAttribute(pkcs11.CKA_PRIVATE, true),
		pkcs11.NewAttribute(pkcs11.CKA_SENSITIVE, true),
		pkcs11.NewAttribute(pkcs11.CKA_EXTRACTABLE, false),
		pkcs11.NewAttribute(pkcs11.CKA_SIGN, true),
	}
	mechanism := []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanismEdwardsGen, nil)}
	if _, _, err := k.module.GenerateKeyPair(k.session, mechanism, public, private); err != nil {
		return fmt.Errorf("make a key pair in the token: %w", err)
	}
	return nil
}

// load starts the token's library.
func load(o Options) (*Key, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	module := pkcs11.New(o.Module)
	if module == nil {
		return nil, rejection.New(rejection.NoKey, "%s is no PKCS#11 module", o.Module)
	}
	// Another key of this process may have started the same library.
	if err := module.Initialize(); err != nil && !errors.Is(err, pkcs11.Error(pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED)) {
		module.Destroy()
		return nil, fmt.Errorf("start %s: %w", o.Module, err)
	}
	return &Key{options: o, module: module}, nil
}

// login finds the token by its label and opens a session as its user.
func (k *Key) login() error {
	if k.pin != nil {
		return k.pin
	}
	slots, err := k.module.GetSlotList(true)
	if err != nil {
		return fmt.Errorf("list tokens: %w", err)
	}
	var at []uint
	for _, s := range slots {
		info, err := k.module.GetTokenInfo(s)
		if err != nil {
			continue // a token that left in between
		}
		if info.Label == k.options.Token {
			at = append(at, s)
		}
	}
	if len(at) != 1 {
		return rejection.New(rejection.NoKey, "%d tokens are called %q", len(at), k.options.Token)
	}
	session, err := k.module.OpenSession(at[0], pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	if err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	k.session, k.open = session, true
	err = k.module.Login(session, pkcs11.CKU_USER, k.options.PIN)
	switch {
	case err == nil, is(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN):
		return nil
	case is(err, pkcs11.CKR_PIN_INCORRECT, pkcs11.CKR_PIN_INVALID, pkcs11.CKR_PIN_LEN_RANGE):
		k.pin = rejection.New(rejection.WrongPin, "the token %q refuses it", k.options.Token)
	case is(err, pkcs11.CKR_PIN_LOCKED, pkcs11.CKR_PIN_EXPIRED):
		k.pin = rejection.New(rejection.WrongPin, "the token %q is locked until its security officer sets a new one", k.options.Token)
	default:
		return fmt.Errorf("log in to the token: %w", err)
	}
	return k.pin
}

// connect logs in and finds the private key.
func (k *Key) connect() error {
	if err := k.login(); err != nil {
		return err
	}
	found, err := k.find(pkcs11.CKO_PRIVATE_KEY)
	if err != nil {
		return err
	}
	if len(found) != 1 {
		return rejection.New(rejection.NoKey, "the token has %d Ed25519 keys %q", len(found), k.options.Key)
	}
	k.private = found[0]
	return nil
}

// find returns the key's objects of a class; two are enough to know that there
// is not one.
func (k *Key) find(class uint) ([]pkcs11.ObjectHandle, error) {
	template := []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_CLASS, class),
		pkcs11.NewAttribute(pkcs11.CKA_KEY_TYPE, uint(keyTypeEdwards)),
		pkcs11.NewAttribute(pkcs11.CKA_LABEL, []byte(k.options.Key)),
	}
	if err := k.module.FindObjectsInit(k.session, template); err != nil {
		return nil, fmt.Errorf("search the token: %w", err)
	}
	found, _, err := k.module.FindObjects(k.session, 2)
	if err := errors.Join(err, k.module.FindObjectsFinal(k.session)); err != nil {
		return nil, fmt.Errorf("search the token: %w", err)
	}
	return found, nil
}

// readPublic reads the public half: a DER octet string, or by some tokens the
// 32 bytes themselves.
func (k *Key) readPublic() (public quorum.Key, err error) {
	found, err := k.find(pkcs11.CKO_PUBLIC_KEY)
	if err != nil {
		return public, err
	}
	if len(found) != 1 {
		return public, rejection.New(rejection.NoKey, "the token has %d public keys %q", len(found), k.options.Key)
	}
	attributes, err := k.module.GetAttributeValue(k.session, found[0], []*pkcs11.Attribute{
		pkcs11.NewAttribute(pkcs11.CKA_EC_POINT, nil),
	})
	if err != nil || len(attributes) != 1 {
		return public, fmt.Errorf("read the public key: %w", err)
	}
	point := attributes[0].Value
	if len(point) != len(public) {
		var inner []byte
		if rest, err := asn1.Unmarshal(point, &inner); err != nil || len(rest) > 0 || len(inner) != len(public) {
			return public, rejection.New(rejection.NoKey, "%q is no Ed25519 key", k.options.Key)
		}
		point = inner
	}
	copy(public[:], point)
	return public, nil
}

// Public implements signer.Key.
func (k *Key) Public() quorum.Key { return k.public }

// Sign implements signer.Key. When the token has been away it logs in again,
// once; a token that is still away is an error, and the next Sign looks again.
func (k *Key) Sign(message []byte) (signature [64]byte, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	raw, err := k.sign(message)
	if err != nil {
		if err = k.again(); err == nil {
			raw, err = k.sign(message)
		}
	}
	if err != nil {
		return signature, err
	}
	// A token is trusted with the key, not with being right.
	if copy(signature[:], raw) != len(raw) || len(raw) != len(signature) || !quorum.Verify(k.public, message, signature) {
		return [64]byte{}, errors.New("the token made a signature that its public key does not verify")
	}
	return signature, nil
}

func (k *Key) sign(message []byte) ([]byte, error) {
	if !k.open {
		return nil, errors.New("the token is away")
	}
	if err := k.module.SignInit(k.session, []*pkcs11.Mechanism{pkcs11.NewMechanism(mechanismEdDSA, nil)}, k.private); err != nil {
		return nil, fmt.Errorf("begin a signature: %w", err)
	}
	raw, err := k.module.Sign(k.session, message)
	if err != nil {
		return nil, fmt.Errorf("make a signature: %w", err)
	}
	return raw, nil
}

// again leaves the session, which may be dead, for a new one.
func (k *Key) again() error {
	if k.open {
		_ = k.module.CloseSession(k.session) // dead or not, it is not used again
		k.open = false
	}
	if err := k.connect(); err != nil {
		return err
	}
	public, err := k.readPublic()
	if err == nil && public != k.public {
		err = rejection.New(rejection.NoKey, "%q in the token is another key than before", k.options.Key)
	}
	if err != nil {
		_ = k.module.CloseSession(k.session)
		k.open = false
	}
	return err
}

// Close implements signer.Key. The library stays started: other keys of the
// process may use it.
func (k *Key) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.open {
		return nil
	}
	k.open = false
	if err := k.module.CloseSession(k.session); err != nil && !gone(err) {
		return err
	}
	return nil
}

// is reports whether err is one of the return values of PKCS#11.
func is(err error, values ...uint) bool {
	var e pkcs11.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, v := range values {
		if uint(e) == v {
			return true
		}
	}
	return false
}

// gone reports whether a session ended by itself.
func gone(err error) bool {
	return is(err, pkcs11.CKR_SESSION_HANDLE_INVALID, pkcs11.CKR_SESSION_CLOSED, pkcs11.CKR_DEVICE_REMOVED, pkcs11.CKR_TOKEN_NOT_PRESENT)
}
