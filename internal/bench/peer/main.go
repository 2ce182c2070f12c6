package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"time"
)

// op is one operation of the workload.
type op struct {
	kind               uint32 // 0 cancels, 1 sells, 2 buys
	order, price, lots uint32
}

const (
	preload = 100_000 // operations before the clock starts
	runs    = 5
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if len(raw)%16 != 0 || len(raw) <= 16*preload {
		return fmt.Errorf("%d bytes are no workload", len(raw))
	}
	ops := make([]op, len(raw)/16)
	for i := range ops {
		word := func(n int) uint32 { return binary.LittleEndian.Uint32(raw[16*i+4*n:]) }
		ops[i] = op{word(0), word(1), word(2), word(3)}
	}
	for range runs {
		b := newBook()
		b.play(ops[:preload])
		runtime.GC()
		start := cpu()
		b.play(ops[preload:])
		n := len(ops) - preload
		fmt.Fprintf(out, "BenchmarkPeer %d %d cpu-ns/op %d lots\n", n, (cpu()-start).Nanoseconds()/int64(n), b.traded)
	}
	return nil
}

func (b *book) play(ops []op) {
	for _, o := range ops {
		if o.kind == 0 {
			b.cancel(o.order)
		} else {
			b.insert(o.order, o.kind == 2, o.price, o.lots)
		}
	}
}

// cpu returns the CPU time of this process, its garbage collector included.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
