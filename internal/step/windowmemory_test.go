package step

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/thalweg/thalweg/internal/memory"
	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/internal/windowing"
	"github.com/thalweg/thalweg/window"
)

// limitedWindows is an operator of windows that may hold so many bytes.
func limitedWindows(t *testing.T, f operator.Factory, limit int64) (*timedRig[visit, string], *memory.Share) {
	t.Helper()
	share, err := memory.NewBudget(limit).Share(limit)
	if err != nil {
		t.Fatal(err)
	}
	r := &timedRig[visit, string]{
		t: t, received: &operator.Stamps{},
		out: &timedCatch[string]{sent: &operator.Stamps{}}, late: &timedCatch[visit]{sent: &operator.Stamps{}},
	}
	inst, err := f(operator.Wiring{
		Context: operator.NewContext(operator.Spec{
			Job: context.Background(), Host: &handClock{now: time.Unix(1, 0)}, Name: "under test", Parallelism: 1, Meter: &metrics.Operator{}, Memory: share,
		}),
		Outputs:  []any{r.out, r.late},
		Received: []*operator.Stamps{r.received}, Sent: []*operator.Stamps{r.out.sent, r.late.sent},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.in, r.body = inst.Inputs[0].(operator.Collector[visit]), inst.Body
	if err := r.body.(operator.Opener).Open(); err != nil {
		t.Fatal(err)
	}
	return r, share
}

// fillWindows sends records of many keys until the operator has no memory, and returns how
// many it took and its error.
func fillWindows(r *timedRig[visit, string], most int) (taken int, err error) {
	trail := strings.Repeat("x", 100)
	for taken < most {
		rows, times := make([]visit, 100), make([]int64, 100)
		for i := range rows {
			rows[i], times[i] = visit{Page: strings.Repeat("p", 1+(taken+i)%50), Count: 1, Trail: trail}, int64(1000+taken%10)
		}
		r.received.Times = times
		if err := r.in.Collect(rows); err != nil {
			return taken, err
		}
		taken += len(rows)
	}
	return taken, nil
}

// checkWindowMemory has an operator hold as much as it may, and less once its windows have
// gone.
func checkWindowMemory(t *testing.T, f operator.Factory) {
	t.Helper()
	const limit, each = 1 << 20, 100
	r, _ := limitedWindows(t, f, limit)
	taken, err := fillWindows(r, 100_000)
	if err == nil || !strings.Contains(err.Error(), "raise --memory") || !strings.Contains(err.Error(), "under test") {
		t.Fatalf("it ends with %v, want a word about memory", err)
	}
	if taken*each > limit || taken*each < limit/4 {
		t.Errorf("%d records of more than %d bytes were held within %d", taken, each, limit)
	}
	r, share := limitedWindows(t, f, limit)
	if _, err := fillWindows(r, 1000); err != nil {
		t.Fatal(err)
	}
	before, _ := share.Used()
	r.watermark(100_000)
	if now, _ := share.Used(); now > before/2 {
		t.Fatalf("%d bytes are held of no windows, and were of full ones %d", now, before)
	}
}

func TestPolicyWindowsKeepToTheirMemory(t *testing.T) {
	policies := windowing.Policies[visit]{
		Triggers:  []windowing.Policy[visit]{{Kind: windowing.ByTime, N: 10_000}},
		Evictions: []windowing.Policy[visit]{{Kind: windowing.ByFiring}},
	}
	count := Plain(func(f PolicyFiring[visit], emit func(string)) { emit(fmt.Sprint(len(f.Rows))) })
	checkWindowMemory(t, Flatten(Through(Policies(keyOf(t, page), policies, true, typeOf[visit](t)), count)))
}

func TestTriggeredWindowsKeepToTheirMemory(t *testing.T) {
	windows := windowsOfTest(AlignedSpans[visit](window.Tumbling(10_000)), false, window.AtEnd(), 0, false, true)
	checkWindowMemory(t, TriggeredProcess(keyOf(t, page), windows, typeOf[visit](t), Plain(func(f Firing[visit, string], emit func(string)) {
		emit(f.Key)
	})))
}
