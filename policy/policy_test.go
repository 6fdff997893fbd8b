package policy_test

import (
	"math"
	"testing"
	"time"

	"github.com/thalweg/thalweg/policy"
)

func TestPoliciesSayWhatTheyAre(t *testing.T) {
	for want, p := range map[string]policy.Policy{
		"time 5s":                             policy.Time(5 * time.Second),
		"time 1m0s from 2026-01-02T03:04:05Z": policy.Time(time.Minute).From(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
		"count 10":                            policy.Count(10),
		"count 10 from -2 letting go 3":       policy.Count(10).CountingFrom(-2).LettingGo(3),
		"delta 0.5":                           policy.Delta(0.5, func(a, b int) float64 { return float64(a - b) }, 0),
		"punctuation":                         policy.Punctuation(func(string) bool { return true }),
		"full stream":                         policy.FullStream(),
		"tumbling":                            policy.Tumbling(),
	} {
		if got := p.String(); got != want {
			t.Errorf("%s is described as %s", want, got)
		}
	}
}

func TestAPolicyIsForItsRecords(t *testing.T) {
	for _, p := range []policy.Policy{policy.Time(time.Second), policy.Count(3), policy.FullStream(), policy.Tumbling()} {
		if _, err := policy.For[string](p); err != nil {
			t.Errorf("%s is refused: %v", p, err)
		}
	}
	p := policy.Punctuation(func(string) bool { return true })
	if _, err := policy.For[string](p); err != nil {
		t.Errorf("%s is refused: %v", p, err)
	}
	for _, p := range []policy.Policy{
		policy.Punctuation(func(int) bool { return true }),
		policy.Punctuation[string](nil), policy.Delta[string](1, nil, ""),
		policy.Count(3).From(time.Now()), policy.Time(1).CountingFrom(1), policy.Time(1).LettingGo(1), policy.Count(1).LettingGo(0),
		policy.FullStream().LettingGo(1), p.CountingFrom(1),
	} {
		if _, err := policy.For[string](p); err == nil {
			t.Errorf("%s is accepted", p)
		}
	}
}

func TestDistances(t *testing.T) {
	self := func(v []float64) []float64 { return v }
	euclidean, cosine := policy.Euclidean(self), policy.Cosine(self)
	for _, c := range []struct {
		a, b              []float64
		euclidean, cosine float64
	}{
		{[]float64{0, 0}, []float64{3, 4}, 5, 1},
		{[]float64{1, 1}, []float64{2, 2}, math.Sqrt2, 0},
		{[]float64{1, 0}, []float64{0, 1}, math.Sqrt2, 1},
		{[]float64{1}, []float64{-2, 4}, 5, 1 + 2/math.Sqrt(20)},
		{nil, []float64{2}, 2, 1},
	} {
		if got := euclidean(c.a, c.b); math.Abs(got-c.euclidean) > 1e-12 || got != euclidean(c.b, c.a) {
			t.Errorf("the euclidean distance of %v and %v is %v, want %v", c.a, c.b, got, c.euclidean)
		}
		if got := cosine(c.a, c.b); math.Abs(got-c.cosine) > 1e-12 || got != cosine(c.b, c.a) {
			t.Errorf("the cosine distance of %v and %v is %v, want %v", c.a, c.b, got, c.cosine)
		}
	}
}
