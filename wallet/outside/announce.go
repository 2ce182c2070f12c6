package outside

import (
	"context"
	"sync"

	"github.com/nightjar/nightjar/client/gate"
	"github.com/nightjar/nightjar/protocol/field"
	"github.com/nightjar/nightjar/protocol/rejection"
)

// Announce tells every gateway that the owner of c will pay an asset into the
// deposit address of place, and returns what each said: nil if it watches the
// address now. A gateway whose own account of the address is another one is
// refused (GATEWAY_DIFFERS): either it or the node that showed the signers
// lies, or it stands for other signers. Block names a block that is over and
// has the deposit in it; nil if there is none yet.
func Announce(ctx context.Context, gates []*gate.Client, asset uint32, c field.Element, place Place, block *gate.Hash) []error {
	errs := make([]error, len(gates))
	var all sync.WaitGroup
	for i, g := range gates {
		all.Go(func() {
			w, err := g.Watch(ctx, asset, c, block)
			if err == nil && w.Account != gate.Hash(place.Deposit) {
				err = rejection.New(rejection.GatewayDiffers, "%s would have the money sent to another account", g.Address())
			}
			errs[i] = err
		})
	}
	all.Wait()
	return errs
}
