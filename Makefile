# Nightjar. `make` lists what there is.
SHELL := /bin/bash
GO    ?= go

# The simulated enclave is in no build without this tag.
SIMULATED := -tags simulated

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: build
build: ## build every binary into bin/
	@mkdir -p bin
	$(GO) build $(SIMULATED) -o bin/ ./cmd/...

.PHONY: test
test: reference ## the whole check, as CI runs it
	$(GO) vet $(SIMULATED) ./...
	$(GO) test $(SIMULATED) -timeout 40m ./...
	@$(MAKE) --no-print-directory fuzz-short kusama-ci
	$(GO) test $(SIMULATED) -race -short -timeout 40m $(RACE)

# Packages with goroutines: these run under the race detector too.
RACE := ./node/... ./client/... ./enclave/... ./wallet/... ./devnet/... ./circuit/keystore/... ./internal/daemon/... ./substrate/chain ./substrate/rpc ./gateway/...

# The reference needs Python 3.9 and nothing but its standard library.
.PHONY: python
python:
	@python3 -c 'import sys, json, unittest; sys.exit(sys.version_info < (3, 9))' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends python3; \
	  else \
	    echo "Install Python 3.9 or newer (apt-get install python3)." >&2; exit 1; \
	  fi; }

.PHONY: reference
reference: python ## hold the reference to published answers, spec/vectors to the reference
	@python3 spec/ref/selftest.py -q
	@python3 spec/ref/generate.py --check

# Custody signers' keys in PKCS#11 tokens need cgo, and SoftHSM for the test.
.PHONY: softhsm
softhsm: ## sign with keys inside a SoftHSM token
	@command -v softhsm2-util >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends softhsm2; \
	  else \
	    echo "Install SoftHSM (apt-get install softhsm2)." >&2; exit 1; \
	  fi; }
	$(GO) test -tags softhsm -count 1 ./gateway/signer/token

# What the tests of the Substrate adapter take from npm: a node that runs a real
# runtime, and recorded chain data.
.PHONY: kusama-npm
kusama-npm: node e2e/npm/node_modules/.package-lock.json ## install what the Kusama tests take from npm

e2e/npm/node_modules/.package-lock.json: e2e/npm/package.json e2e/npm/package-lock.json e2e/npm/.npmrc
	cd e2e/npm && npm ci --no-update-notifier --loglevel error
	@touch $@

# Tests against real runtimes and recorded chain data have the tag kusama. They
# fail where something is missing; none is passed over.
.PHONY: kusama-ci
kusama-ci: kusama-npm softhsm ## hold the Substrate adapter to real metadata, another codec and a real runtime
	$(GO) -C e2e/substrate vet -tags kusama ./...
	$(GO) -C e2e/substrate test -tags kusama -count 1 ./...
	@tagged=$$(grep -rl --include='*_test.go' --exclude-dir=node_modules '^//go:build kusama$$' substrate gateway reserves e2e | grep -v '^e2e/substrate/' | xargs -n 1 dirname | sort -u | sed 's,^,./,'); \
	set -ex; $(GO) vet -tags kusama $$tagged; \
	$(GO) test -tags kusama -count 1 -timeout 10m $$tagged
	@echo "ok: the codec equals another one, real metadata decode, and a real runtime pays from two of three custody once"

.PHONY: node
node:
	@command -v npm >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm; \
	  else \
	    echo "Install Node.js 20.19 or newer with npm (apt-get install nodejs npm)." >&2; exit 1; \
	  fi; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || a === 20 && b >= 19 ? 0 : 1)' || { \
	  echo "Install Node.js 20.19 or newer; this is $$(node --version)." >&2; exit 1; }

.PHONY: vectors
vectors: python ## generate spec/vectors from the reference
	python3 spec/ref/generate.py

.PHONY: vectors-mutants
vectors-mutants: python ## change one constant of the reference or of the product at a time: a vector must notice
	GO=$(GO) python3 spec/ref/mutants.py

.PHONY: demo
demo: ## play the built-in scenario on a devnet and check everything
	$(GO) run ./cmd/nightjar demo

.PHONY: demo-all
demo-all: build ## play every scenario that ships
	@for s in scenario/testdata/*.scenario; do \
	  echo "== $$s"; bin/nightjar demo --scenario $$s --json || exit 1; \
	done

.PHONY: demo-negative
demo-negative: build ## play it with one thing corrupted at a time: every run must fail
	@for what in proof signature lock turnstile exit; do \
	  echo "== corrupting: $$what"; \
	  if bin/nightjar demo --json --corrupt $$what > bin/negative.json; then \
	    cat bin/negative.json; echo "NOT REFUSED: $$what"; exit 1; \
	  fi; \
	  grep -q '"ok":false' bin/negative.json || { cat bin/negative.json; echo "no verdict: $$what"; exit 1; }; \
	  sed -E 's/.*"failure":"([^"]*)".*/refused: \1/' bin/negative.json; \
	done; rm -f bin/negative.json; echo "ok: every corruption was refused"

# The product's binaries on a devnet of their own, with real proofs.
E2E := $(GO) test -tags e2e -count 1 -timeout 60m -v ./e2e -run

.PHONY: e2e-kill
e2e-kill: ## kill -9 node, workers, wallets at random moments; lose nothing (NIGHTJAR_E2E_ROUNDS, _SEED)
	$(E2E) '^TestKill$$'

.PHONY: e2e-canary
e2e-canary: ## search logs, disks, answers, frames and memory for what orders hide
	$(GO) test ./e2e/canary
	$(E2E) '^(TestRelayRecords|TestCanaries)$$'

.PHONY: e2e-rogue
e2e-rogue: ## one worker dead, one built to change an allocation: no lock appears
	$(E2E) TestRogue

.PHONY: e2e-fairness
e2e-fairness: ## two workers conceal orders: the owner has evidence; a silent one is challenged and suspended
	$(E2E) '^TestFairness'

.PHONY: gateway-kill
gateway-kill: ## kill -9 of each gateway's process, and of all, at every step of their journals: one payout, one credit
	$(GO) test -count 1 -timeout 5h -v ./gateway -run '^TestKilledProcesses$$' -parallel 6 -every-step

.PHONY: e2e-kusama
e2e-kusama: gossamer ## money from a Substrate chain in, traded and out again, with proven finality and killed gateways
	@mkdir -p bin; rm -f bin/e2e-kusama.verdict
	NIGHTJAR_E2E_VERDICT=$(CURDIR)/bin/e2e-kusama.verdict $(E2E) '^TestKusama$$'
	@cat bin/e2e-kusama.verdict

.PHONY: e2e-adapter
e2e-adapter: gossamer ## the adapter alone on a real Substrate node: both ways in, payout, sweep, anchor, what waits and fails
	$(GO) test -tags e2e -count 1 -timeout 60m -v ./e2e/gossamer ./gateway/kusama -run '^(TestStart|TestLive)$$'

.PHONY: e2e-readme
e2e-readme: ## type the README's tour in a fresh directory
	$(E2E) TestReadme

.PHONY: e2e-restore
e2e-restore: ## lose all workers, restore wallets from their phrases, spend everything
	$(E2E) TestRestore

.PHONY: e2e-hundred
e2e-hundred: ## bring the notes of a hundred fills into one order, timed
	$(E2E) TestHundredFills

.PHONY: e2e-latency
e2e-latency: ## what a trader waits for, on an idle machine
	$(E2E) TestLatency

.PHONY: e2e-bots
e2e-bots: ## a market maker and block traders on a devnet; the maker is killed on the way
	$(E2E) '^TestBots$$'

.PHONY: e2e-ceremony
e2e-ceremony: ## a ceremony for all circuits, one contributor tampers; trade on its keys
	$(GO) test -tags e2e -count 1 -timeout 240m -v ./e2e -run '^TestCeremony$$'

.PHONY: gossamer
gossamer: ## build the Substrate node of the tests, once, into the user's cache
	@GO=$(GO) e2e/tools/gossamer/build.sh

.PHONY: sim-million
sim-million: ## a million orders over four markets, every auction checked, played twice
	$(GO) test -count 1 -timeout 60m -v ./sim/market/session -run '^TestMillion$$' -orders 1000000

.PHONY: sim-ledger
sim-ledger: ## a million orders over four markets through the ledger's rules and two machines, every block checked
	GOGC=300 $(GO) test -count 1 -timeout 180m -v ./sim/trade -run '^TestLedger$$' -orders 1000000

.PHONY: solve-fills
solve-fills: ## random books with every attribute: whatever is matched solves the circuits
	$(GO) test -count 1 -timeout 60m -v ./enclave/worker -run '^TestMatchedIsProvable$$' -fills 10000

.PHONY: market-study
market-study: ## what pinging earns with each defence on and off; rewrites docs/market-study.md's results and plots
	$(GO) run ./cmd/nightjar sim study --docs docs

.PHONY: mutants
mutants: ## remove each check in turn: the attack that it stops must then succeed
	$(GO) run ./internal/mutate

.PHONY: soundness
soundness: ## attack the circuits' constraints; rewrites docs/soundness.md's results
	$(GO) test -tags soundness -count 1 -timeout 3h -v ./internal/soundness -run '^TestCampaign$$' -report ../../docs/soundness.md

# fuzz PACKAGE TARGET TIME, in a shell. An input that takes long is not searched for
# a shorter one for long. Go's runner may report its own deadline as a failure
# when a worker is slow to stop; no input failed then, and none is named.
FUZZ = fuzz() { $(GO) test $(SIMULATED) -run '^$$' -fuzz "^$$2$$" -fuzztime $$3 -fuzzminimizetime 20x -parallel 2 $$1 2>&1 | tee $$log; \
	  [ $${PIPESTATUS[0]} = 0 ] || { grep -q 'context deadline exceeded' $$log && ! grep -q 'Failing input' $$log; }; }; \
	log=$$(mktemp); trap 'rm -f $$log' EXIT

.PHONY: fuzz
fuzz: ## fuzz every decoder, FUZZTIME each (default 30s)
	@$(FUZZ); for pkg in $$($(GO) list ./...); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
	    echo "== $$pkg $$f"; fuzz $$pkg $$f $${FUZZTIME:-30s} || exit 1; \
	  done; \
	done

.PHONY: fuzz-engine
fuzz-engine: ## fuzz the engine for FUZZMINUTES in all (default 10): 6 of 10 the auction, the rest its machine and decoders
	@$(FUZZ); m=$${FUZZMINUTES:-10}; \
	fuzz ./engine/auction FuzzClear $$((36*m))s && \
	fuzz ./engine/machine FuzzWorld $$((12*m))s && \
	fuzz ./engine/machine FuzzDecode $$((6*m))s && \
	fuzz ./engine/book FuzzRead $$((6*m))s

.PHONY: fuzz-short
fuzz-short: ## fuzz the auction for 30 s, as CI does
	@$(FUZZ); fuzz ./engine/auction FuzzClear 30s

.PHONY: bench
bench: ## run every benchmark
	$(GO) test $(SIMULATED) -run '^$$' -bench . -benchmem ./...

.PHONY: bench-zk
bench-zk: ## measure proving and verifying, and write the table into docs/benchmarks.md
	$(GO) run ./internal/bench -board zk

.PHONY: bench-engine
bench-engine: ## measure the auction's book and a textbook order book, and write the tables into docs/benchmarks.md
	$(GO) -C internal/bench/peer test .
	$(GO) run ./internal/bench -board engine

.PHONY: generate
generate: ## generate the RPC's Go code again (needs protoc)
	./api/generate.sh
