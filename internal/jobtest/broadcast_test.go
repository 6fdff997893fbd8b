package jobtest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	thalweg "github.com/thalweg/thalweg"
	"github.com/thalweg/thalweg/eventtime"
	"github.com/thalweg/thalweg/internal/jobtest"
	"github.com/thalweg/thalweg/state"
	"github.com/thalweg/thalweg/stream"
)

// tariff is what a kind of sights costs from a moment on.
type tariff struct {
	Kind   string
	Millis int64
	Price  int64
}

func tariffs(r *rand.Rand) (all []tariff) {
	for i := range int64(200) {
		all = append(all, tariff{fmt.Sprint("k", r.IntN(5)), 1_700_000_000_000 + 10*i, r.Int64N(100)})
	}
	return all
}

// priced are sights at the price that is valid at their time. They wait for the watermark,
// so that it does not matter which stream is read first.
var priced = jobtest.Register(&jobtest.Program{
	Name: "broadcast",
	Build: func(env *thalweg.Environment, out *jobtest.Out) error {
		r := out.Random()
		seen, prices := sights(r, 3000), tariffs(r)
		in := stream.AssignTime(stream.FromSlice(env, seen), eventtime.Millis(sightMillis).Disorder(110*time.Millisecond))
		rules := stream.AssignTime(stream.FromSlice(env, prices), eventtime.Millis(func(t *tariff) *int64 { return &t.Millis }))
		sums := stream.BroadcastProcess(stream.KeyBy(in, sightKind), rules, func(c *stream.BroadcastContext[string, string]) (h stream.BroadcastHandler[sight, tariff], _ error) {
			price := state.NewBroadcastMap[string, []tariff](c, "prices")
			waiting := state.NewList[sight](c, "waiting")
			h.Record = func(s sight) {
				waiting.Add(s)
				c.SetTimer(time.UnixMilli(s.Millis))
			}
			h.Rule = func(t tariff, by *state.Change) {
				price.Set(by, t.Kind, append(price.Get(t.Kind), t))
			}
			h.Timer = func(at time.Time) {
				left := []sight{}
				for _, s := range waiting.All() {
					if s.Millis == at.UnixMilli() {
						c.Emit(fmt.Sprint(s, " for ", priceAt(price.Get(s.Kind), s.Millis)))
					} else {
						left = append(left, s)
					}
				}
				waiting.Set(left)
			}
			return h, nil
		})
		jobtest.KeepStream(out, "sums", sums)
		return nil
	},
	Want: func(seed uint64) map[string][]string {
		r := jobtest.Random(seed)
		seen, prices := sights(r, 3000), tariffs(r)
		var rows []string
		for _, s := range seen {
			var of []tariff
			for _, t := range prices {
				if t.Kind == s.Kind {
					of = append(of, t)
				}
			}
			rows = append(rows, fmt.Sprint(s, " for ", priceAt(of, s.Millis)))
		}
		return map[string][]string{"sums": jobtest.Lines(rows)}
	},
})

// priceAt returns the latest price of those that are valid at a time.
func priceAt(all []tariff, millis int64) int64 {
	latest := tariff{}
	for _, t := range all {
		if t.Millis <= millis && t.Millis >= latest.Millis {
			latest = t
		}
	}
	return latest.Price
}

func TestBroadcastState(t *testing.T) { jobtest.Check(t, priced) }
