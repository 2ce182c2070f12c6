// Command nightjar is the trader's side of Nightjar: wallet, devnet, demo,
// verify. `nightjar help` lists what there is.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	a := &app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environment: os.Getenv}
	os.Exit(a.run(ctx, os.Args[1:]))
}
