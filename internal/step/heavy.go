package step

import (
	"slices"

	"github.com/thalweg/thalweg/types"
)

// heavy finds the keys that make up a large part of a stream. It looks at one batch in
// many, and divides what it sees by hash: in each part it takes a vote, so that a key that
// has the majority of its part, as one that is heavy has, is found with little work (Boyer
// and Moore, MJRTY, A Fast Majority Vote Algorithm, 1981). What is counted for a key is its
// records less those of other keys in its part. What was counted long ago counts less and
// less.
type heavy[K any] struct {
	typ     *types.Type[K]
	parts   []heavyHash // by bits of the hash
	sampled int         // records since the last decision
	weight  int         // records that the counts are of
	batches int
	decided bool
}

type heavyHash struct {
	hash  uint64
	count int
}

type heavyKey[K any] struct {
	hash uint64
	key  K
}

const (
	heavyParts  = 512
	heavyEvery  = 32   // of so many batches, one is looked at
	heavyEnough = 4096 // records, for a decision
	mostHeavy   = 16   // keys
	leastHeavy  = 32   // a key is heavy with this part of the records

	// Keys are treated apart if, together, one record in four is theirs, and no longer
	// once it is not one in six.
	heavyOn, heavyOff = 4, 6
)

// due reports whether the next batch is to be looked at: the first ones are, up to a
// decision, and one in many of the others.
func (h *heavy[K]) due() bool {
	h.batches++
	return !h.decided || h.batches%heavyEvery == 0
}

// look counts the keys of a batch by their hashes. It reports whether it has seen enough for
// a decision.
func (h *heavy[K]) look(hashes []uint64) bool {
	if h.parts == nil {
		h.parts = make([]heavyHash, heavyParts)
	}
	for _, hash := range hashes {
		// The top bits of hashes choose the subtask.
		c := &h.parts[hash>>16%heavyParts]
		switch {
		case c.count == 0:
			c.hash, c.count = hash, 1
		case c.hash == hash:
			c.count++
		default:
			c.count--
		}
	}
	h.sampled += len(hashes)
	h.weight += len(hashes)
	return h.sampled >= heavyEnough
}

// decide returns the heavy keys, if it is worth while to treat them apart, the heaviest
// first: of those in a batch, as heavy keys are in most. on says whether keys are treated
// apart at the moment.
func (h *heavy[K]) decide(on bool, keys []K, hashes []uint64) (found []heavyKey[K]) {
	var heaviest []heavyHash
	for _, c := range h.parts {
		if c.count*leastHeavy >= h.weight {
			heaviest = append(heaviest, c)
		}
	}
	slices.SortFunc(heaviest, func(a, b heavyHash) int { return b.count - a.count })
	sum := 0
	for _, c := range heaviest[:min(len(heaviest), mostHeavy)] {
		if i := slices.Index(hashes, c.hash); i >= 0 {
			key := keys[i]
			h.typ.Detach(&key, &types.Arena{})
			found = append(found, heavyKey[K]{c.hash, key})
			sum += c.count
		}
	}
	part := heavyOn
	if on {
		part = heavyOff
	}
	if sum*part < h.weight {
		found = nil
	}
	for i := range h.parts {
		h.parts[i].count /= 2
	}
	h.weight /= 2
	h.sampled, h.decided = 0, true
	return found
}
