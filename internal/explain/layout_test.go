package explain

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// random makes a plan of a few operators: each reads up to three of those before it, now
// and then in the chain of the first of them, and now and then an edge leads back.
func random(r *rand.Rand) *Report {
	p := &Report{Job: "random", Parallelism: 2}
	chains := 0
	for i := range 1 + r.IntN(40) {
		o := Operator{ID: 3 * i, Kind: "map", Name: fmt.Sprint("operator ", i), Parallelism: 2}
		var in []int
		for range min(r.IntN(4), i) {
			in = append(in, r.IntN(i))
		}
		fits := len(in) == 1 && r.IntN(2) == 0
		if fits {
			o.Chain = p.Operators[in[0]].Chain
		} else {
			o.Chain = chains
			chains++
		}
		if r.IntN(2) == 0 {
			o.Strategy, o.Rows = "hash", &Number{Value: 10, Origin: "guessed"}
		}
		p.Operators = append(p.Operators, o)
		for k, from := range in {
			e := Edge{From: 3 * from, To: o.ID, Input: fmt.Sprint(k), Ship: "hash", Key: "Key"}
			if fits {
				e.Ship, e.Key = chained, ""
			}
			p.Edges = append(p.Edges, e)
		}
		if i > 0 && r.IntN(10) == 0 {
			p.Edges = append(p.Edges, Edge{From: o.ID, To: 3 * r.IntN(i+1), Input: "7", Ship: "forward", Loop: r.IntN(2) == 0})
		}
	}
	return p
}

func TestAPlanIsDrawnInLayersAndNothingOverlaps(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range 300 {
		p := random(r)
		d := p.draw()
		for _, e := range d.routes {
			if from, to := d.cards[e.from], d.cards[e.to]; !e.back && from.y+from.height >= to.y {
				t.Errorf("operator %d is not below operator %d, which it reads", e.to, e.from)
			}
		}
		for a, x := range d.slabs {
			if x.x-x.width/2 < 0 || x.x+x.width/2 > d.width {
				t.Errorf("a slab reaches from %.1f to %.1f, outside of %.1f", x.x-x.width/2, x.x+x.width/2, d.width)
			}
			for _, y := range d.slabs[:a] {
				apart := x.bottom < y.top || y.bottom < x.top ||
					x.x+x.width/2 <= y.x-y.width/2+0.01 || y.x+y.width/2 <= x.x-x.width/2+0.01
				if !apart {
					t.Errorf("two slabs overlap: %+v and %+v", *x, *y)
				}
			}
		}
		for a, x := range d.cards {
			if x.y+x.height > d.height || x.x-cardWidth/2 < x.slab.x-x.slab.width/2 || x.x+cardWidth/2 > x.slab.x+x.slab.width/2 {
				t.Errorf("operator %d is outside of its chain", a)
			}
			for b, y := range d.cards[:a] {
				if x.layer == y.layer && x.x < y.x+cardWidth && y.x < x.x+cardWidth {
					t.Errorf("operators %d and %d overlap", a, b)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d, plan %d:\n%s", seed, i, p.Text())
		}
	}
}

// An input that is read late stands just above who reads it.
func TestAShortInputStandsBesideALongOne(t *testing.T) {
	p := &Report{}
	for i := range 5 {
		p.Operators = append(p.Operators, Operator{ID: i, Chain: i, Parallelism: 1})
	}
	for _, e := range [][2]int{{0, 1}, {1, 2}, {2, 4}, {3, 4}} {
		p.Edges = append(p.Edges, Edge{From: e[0], To: e[1], Input: "0", Ship: "hash"})
	}
	d := p.draw()
	for i, layer := range []int{0, 1, 2, 2, 3} {
		if d.cards[i].layer != layer {
			t.Errorf("operator %d stands in layer %d, not %d", i, d.cards[i].layer, layer)
		}
	}
}

func TestNumbersAreWrittenForReaders(t *testing.T) {
	for want, got := range map[string]string{
		"0": count(0), "7": count(7), "999": count(999), "0.25": count(0.25), "12.5": count(12.5),
		"1.00 k": count(1000), "1.00 M": count(999_999), "6.00 M": count(6e6), "42.0 G": count(4.2e10), "1.23 T": count(1.234e12),
		"96 B": size(96), "1023 B": size(1023), "1.00 KiB": size(1024), "64.0 MiB": size(64 << 20), "1.50 GiB": size(1.5 * (1 << 30)),
		"0 s": seconds(0), "850 µs": seconds(850e-6), "12 ns": seconds(12e-9), "3 ms": seconds(0.003), "3.21 s": seconds(3.21), "12.3 min": seconds(738), "4 h": seconds(4 * 3600),
		"1.03×": times(1.03), "1.4×": times(1.4), "12×": times(12), "258 k×": times(258_000), "0.5×": times(0.5),
		"as estimated": beside(100, 103, "fewer"), "2.0× more": beside(10, 20, "fewer"), "258 k× fewer": beside(3.1e6, 12, "fewer"),
		"none estimated": beside(0, 3, "less"), "there were none": beside(3, 0, "less"),
		"53 %": percent(53, 100), "< 1 %": percent(1, 1000), "0 %": percent(1, 0),
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func BenchmarkPage(b *testing.B) {
	p := random(rand.New(rand.NewPCG(1, 40)))
	b.ReportAllocs()
	for b.Loop() {
		_ = p.HTML()
	}
}
