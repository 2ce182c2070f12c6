package freeport

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// The ports to choose from, above most known services' and below those that
// systems give to outgoing connections and to listeners without a wish, which
// begin at 32768 (Linux) or later.
const (
	first = 10_000
	count = 20_000
)

// maxTries bounds the search for one port.
const maxTries = 100

// Addresses returns n different loopback addresses that nobody listens on now.
func Addresses(n int) ([]string, error) {
	var out []string
	for range n {
		l, err := listen()
		if err != nil {
			return nil, err
		}
		defer l.Close() // after all are chosen, so that none is chosen twice
		out = append(out, l.Addr().String())
	}
	return out, nil
}

func listen() (l net.Listener, err error) {
	for range maxTries {
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(first+rand.IntN(count)))); err == nil {
			return l, nil
		}
	}
	return nil, fmt.Errorf("no free port among %d tries: %w", maxTries, err)
}
