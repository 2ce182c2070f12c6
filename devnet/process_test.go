package devnet

import (
	"os/exec"
	"testing"
	"time"
)

// TestMissing: a worker of which only one half runs is not running, and a
// process of another name is none of a worker's.
func TestMissing(t *testing.T) {
	run := func(name string) int {
		c := exec.Command("sh", "-c", "read line", name)
		if _, err := c.StdinPipe(); err != nil { // never written to
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { _ = c.Wait(); close(done) }()
		t.Cleanup(func() { _ = c.Process.Kill(); <-done })
		for deadline := time.Now().Add(time.Minute); !alive(c.Process.Pid, name); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) { // for an instant after its start a process has no name
				t.Fatalf("%s did not start", name)
			}
		}
		return c.Process.Pid
	}
	n := &Net{manifest: &Manifest{Workers: 2, Running: map[string]int{}}}
	want := func(missing int) {
		t.Helper()
		if got, all := n.Missing(); got != missing || all != 4 {
			t.Errorf("%d of %d are missing, want %d of 4", got, all, missing)
		}
	}
	want(4)
	for i, p := range []struct{ name, binary string }{
		{"enclave-1", "nightjar-enclave-sim"}, {"host-1", "nightjar-host"}, {"host-2", "nightjar-host"},
	} {
		n.manifest.Running[p.name] = run(p.binary)
		want(3 - i)
	}
	n.manifest.Running["enclave-2"] = run("another")
	want(1)
	n.manifest.Running["enclave-2"] = run("nightjar-enclave-sim")
	want(0)
	stop(n.manifest.Running["host-1"], "nightjar-host", time.Minute)
	want(1)
}
