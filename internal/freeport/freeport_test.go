package freeport

import (
	"net"
	"strconv"
	"testing"
)

// TestAddresses: they differ, can be listened on, and lie where no system puts
// connections.
func TestAddresses(t *testing.T) {
	list, err := Addresses(50)
	if err != nil || len(list) != 50 {
		t.Fatalf("%d addresses, %v", len(list), err)
	}
	for _, a := range list {
		host, port, err := net.SplitHostPort(a)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := strconv.Atoi(port); err != nil || host != "127.0.0.1" || n < first || n >= first+count || n >= 32768 {
			t.Errorf("%s", a)
		}
		l, err := net.Listen("tcp", a)
		if err != nil {
			t.Error(err) // chosen twice, or not free
			continue
		}
		defer l.Close()
	}
}
