package events

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"sync"
)

// bidTables are the channels through which bids come, and the address of each, the hot
// ones first. Half of all bids come through one of those, the others through one of
// 10,000. The places are small so that they stay in the processor's cache: bids look at
// them in no order.
type bidTables struct {
	text   string // all channels, each with its address behind it
	places [hot + cold]place
}

// place says where in the text a channel is. Neither it nor an address is longer than
// 255 bytes.
type place struct {
	at           uint32
	channel, url uint8 // lengths
}

const (
	hot  = 4
	cold = 10_000
)

// tables returns the tables, which are the same for all generators: they are drawn as
// nexmark/nexmark does, from numbers that begin with the seed 0.
var tables = sync.OnceValue(func() *bidTables {
	t := &bidTables{}
	r := seeded(0)
	var w writer
	var text strings.Builder
	add := func(i int, channel, url string) {
		t.places[i] = place{uint32(text.Len()), uint8(len(channel)), uint8(len(url))}
		text.WriteString(channel)
		text.WriteString(url)
	}
	for i, name := range []string{"Google", "Facebook", "Baidu", "Apple"} {
		add(i, name, w.address(&r))
	}
	for i := range cold {
		url := w.address(&r)
		if r.below(10) > 0 {
			id := int64(int32(bits.Reverse32(uint32(i))))
			url += fmt.Sprintf("&channel_id=%d", max(id, -id))
		}
		add(hot+i, fmt.Sprintf("channel-%d", i), url)
	}
	t.text = text.String()
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

// draw draws a bid's channel. One draw says which of the hot ones, or which of the
// others: there is no branch between, which the processor would mispredict.
func (t *bidTables) draw(r *random) (channel, url string) {
	isHot := r.below(hotChannelOdds) > 0
	before := *r
	u := r.next(31)
	i := hot + u%cold
	if isHot {
		i = int32(int64(hot) * int64(u) >> 31)
	}
	if !isHot && u >= math.MaxInt32/cold*cold { // the last, incomplete, run of so many numbers
		*r = before
		i = hot + r.below(cold)
	}
	p := &t.places[i]
	text := t.text[p.at : p.at+uint32(p.channel)+uint32(p.url)]
	return text[:p.channel], text[p.channel:]
}
