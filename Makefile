# Needs Go; with a C compiler the tests run under the race detector.

GO   ?= go
LINT := $(GO) tool -modfile=$(CURDIR)/tools/go.mod golangci-lint
RACE := $(shell test "$$($(GO) env CGO_ENABLED)" = 1 && command -v "$$($(GO) env CC)" >/dev/null && echo -race)

# Every process under the race detector sleeps for a second when it ends, and tests of
# whole programs start thousands.
export GORACE := atexit_sleep_ms=0

# Modules that have a go.mod of their own.
NESTED := types/protobuf connect/parquet

# Programs of hundreds of record types, which take minutes and gigabytes to compile: the
# race detector would double that, and finds in them what it finds in small ones. They are
# first, so that documents that run them find them compiled.
LARGE := '/examples/\(tpch\|nexmark\)'

.PHONY: test check bench soak

# Everything a change must pass: code, layout (internal/floors), documents
# (internal/doctest).
test: check
	for m in . $(NESTED); do \
		(cd $$m && $(GO) list ./... | grep $(LARGE) | xargs -r $(GO) test && \
		$(GO) test $(RACE) $$($(GO) list ./... | grep -v $(LARGE))) || exit 1; done

check:
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt -w $$unformatted"; exit 1; }
	for m in . $(NESTED); do (cd $$m && $(GO) vet ./... && $(LINT) run ./...) || exit 1; done

# Ours beside programs that do the same work by hand; see go doc ./bench.
bench:
	$(GO) run ./bench

# Hours of what test does for seconds: whole programs with new seeds, and fuzzing.
SOAK  := 60s
SEEDS := 20000
soak:
	$(GO) test ./internal/jobtest ./internal/outofcore -count=20 -timeout=0
	$(GO) test ./internal/jobtest -jobtest.sample=0 -timeout=0
	$(GO) test ./internal/jobtest -run=TestNoRecordIsLostAmongMany -jobtest.poison=10000000 -timeout=0
	$(GO) run ./bench/law --limit 256MiB
	CASES=1000000 $(GO) test ./internal/windowing -timeout=0
	$(GO) test ./internal/sim -sim.seeds=$(SEEDS) -timeout=0
	$(GO) test ./types -run='^$$' -fuzz=FuzzDecode -fuzztime=$(SOAK)
	$(GO) test ./internal/exchange -run='^$$' -fuzz=FuzzFrame -fuzztime=$(SOAK)
	$(GO) test ./internal/spill -run='^$$' -fuzz=FuzzRead -fuzztime=$(SOAK)
	cd connect/parquet && $(GO) test -run='^$$' -fuzz=FuzzRead -fuzztime=$(SOAK) -fuzzminimizetime=10x
