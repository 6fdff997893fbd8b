package events

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestPowersAreAsGoodAsTheyAreSaidToBe(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1_000_000 {
		x := r.Float64() * 20
		if got, want := power(x), math.Exp2(x); math.Abs(got-want) > 1e-13*want {
			t.Fatalf("2^%v is %v, want %v", x, got, want)
		}
	}
}
