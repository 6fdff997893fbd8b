package events

import (
	"fmt"
	"math/bits"
	"sync"
)

// bidTables are the channels through which bids come, and the address of each. Half of
// all bids come through one of the hot channels, the others through one of 10,000.
type bidTables struct {
	hot  [4]address
	cold [10_000]address
}

type address struct{ channel, url string }

// tables returns the tables, which are the same for all generators: they are drawn as
// nexmark/nexmark does, from numbers that begin with the seed 0.
var tables = sync.OnceValue(func() *bidTables {
	t := &bidTables{}
	r := seeded(0)
	var w writer
	for i, name := range []string{"Google", "Facebook", "Baidu", "Apple"} {
		t.hot[i] = address{name, w.address(&r)}
	}
	for i := range t.cold {
		url := w.address(&r)
		if r.below(10) > 0 {
			id := int64(int32(bits.Reverse32(uint32(i))))
			url += fmt.Sprintf("&channel_id=%d", max(id, -id))
		}
		t.cold[i] = address{fmt.Sprintf("channel-%d", i), url}
	}
	return t
})

func (w *writer) address(r *random) string {
	w.line = append(w.line, "https://www.nexmark.com/"...)
	for range 3 {
		w.words(r, 5, '_')
		w.line = append(w.line, '/')
	}
	w.line = append(w.line, "item.htm?query=1"...)
	return w.done()
}

func (t *bidTables) draw(r *random) (channel, url string) {
	var a *address
	if r.below(hotChannelOdds) > 0 {
		a = &t.hot[r.below(int32(len(t.hot)))]
	} else {
		a = &t.cold[r.below(int32(len(t.cold)))]
	}
	return a.channel, a.url
}
