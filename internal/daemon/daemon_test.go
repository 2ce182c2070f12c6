package daemon

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

func TestReadConfig(t *testing.T) {
	type config struct {
		Name string `toml:"name"`
		Deep struct {
			N int `toml:"n"`
		} `toml:"deep"`
	}
	read := func(text string) (config, error) {
		path := filepath.Join(t.TempDir(), "c.toml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c := config{Name: "default"}
		return c, ReadConfig(path, &c)
	}
	c, err := read("[deep]\nn = 3\n")
	if err != nil || c.Name != "default" || c.Deep.N != 3 {
		t.Fatalf("%+v, %v", c, err)
	}
	_, err = read("nmae = \"x\"\n[deep]\nm = 1\n")
	var unknown UnknownKeys
	if !errors.As(err, &unknown) || len(unknown) != 2 {
		t.Fatalf("unknown keys: %v", err)
	}
	if _, err = read("name = 3\n"); err == nil {
		t.Fatal("a wrong type was accepted")
	}
}

func TestLoggerFormats(t *testing.T) {
	var text, js bytes.Buffer
	NewLogger(&text, Text, slog.LevelInfo).Info("m", "k", 1)
	NewLogger(&js, JSON, slog.LevelInfo).Debug("hidden")
	NewLogger(&js, JSON, slog.LevelInfo).Info("m", "k", 1)
	if !strings.Contains(text.String(), "msg=m k=1") {
		t.Error(text.String())
	}
	if strings.Contains(js.String(), "hidden") || !strings.Contains(js.String(), `"k":1`) {
		t.Error(js.String())
	}
}

func TestServeEndsWithContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(prometheus.NewCounter(prometheus.CounterOpts{Name: "nightjar_test_total"}))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, MetricsHandler(reg)) }()
	res, err := http.Get("http://" + l.Addr().String() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if !strings.Contains(string(body), "nightjar_test_total 0") {
		t.Errorf("metrics: %s", body)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
