# Nightjar. `make` lists what there is.
SHELL := /bin/bash
GO    ?= go

# Packages with goroutines: these run under the race detector.
RACE  := $(shell $(GO) list ./... 2>/dev/null | grep -E '/(node|client|enclave|wallet|circuit/keystore|internal/daemon)(/|$$)')

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: build
build: ## build every binary into bin/
	@mkdir -p bin
	$(GO) build -o bin/ ./cmd/...

.PHONY: test
test: ## the whole check, as CI runs it
	$(GO) vet ./...
	$(GO) test -timeout 40m ./...
	$(if $(RACE),$(GO) test -race -timeout 40m $(RACE))

.PHONY: fuzz
fuzz: ## fuzz every decoder, FUZZTIME each (default 30s)
	@FUZZTIME="$${FUZZTIME:-30s}"; \
	for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $$FUZZTIME $$pkg || exit 1; \
	  done; \
	done

.PHONY: bench
bench: ## run every benchmark
	$(GO) test -run '^$$' -bench . -benchmem ./...
