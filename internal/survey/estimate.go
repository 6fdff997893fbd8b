package survey

import "github.com/thalweg/thalweg/internal/optimizer"

// statistics makes the answer of what was counted.
func (s *survey) statistics() optimizer.Statistics {
	all := optimizer.Statistics{}
	for _, w := range s.watched {
		statistic := optimizer.Statistic{}
		if w.above == nil {
			statistic.Rows = w.total()
			if bytes := w.source.size.Bytes; bytes >= 0 {
				statistic.Read = optimizer.Quantity{Value: float64(bytes), Origin: optimizer.Measured}
			}
		}
		if w.known() {
			w.fill(&statistic)
		}
		if statistic.Rows.Known() || statistic.Ratio.Known() || statistic.Width.Known() {
			all[w.node.ID] = statistic
		}
	}
	return all
}

// known reports whether the records that were counted are those of the sample, and not
// what was left of them after a failure.
func (w *watched) known() bool {
	if w.source.failed || w.source.trial == nil {
		return false
	}
	for ; w != nil; w = w.above {
		if w.failed {
			return false
		}
	}
	return true
}

// total returns how many records a source has.
func (w *watched) total() optimizer.Quantity {
	src := w.source
	switch {
	case src.size.Records >= 0:
		return optimizer.Quantity{Value: float64(src.size.Records), Origin: optimizer.Measured}
	case !w.known() || src.size.Bytes < 0:
	case src.bytes == src.size.Bytes && !src.stopped:
		return optimizer.Quantity{Value: float64(w.rows), Origin: optimizer.Measured}
	case w.rows > 0 && src.bytes > 0:
		rows := float64(src.size.Bytes) / float64(src.bytes) * float64(w.rows)
		return optimizer.Quantity{Value: max(rows, float64(w.rows)), Origin: optimizer.Sampled}
	}
	return optimizer.Quantity{}
}

// fill adds what the sample says about the node's records.
func (w *watched) fill(s *optimizer.Statistic) {
	if width, ok := w.width(); ok {
		s.Width = optimizer.Quantity{Value: width, Origin: optimizer.Sampled}
	}
	top, part := w.part()
	origin := optimizer.Sampled
	if w.above == nil && part == 1 {
		origin = optimizer.Measured
	}
	if w.above != nil && w.given > 0 {
		ratio := float64(w.rows) / float64(w.given)
		if w.rows == 0 && part < 1 {
			ratio = 0.5 / float64(w.given) // less than one of those, but who knows of others
		}
		s.Ratio = optimizer.Quantity{Value: ratio, Origin: optimizer.Sampled}
	}
	for above := w; above != nil; above = above.above {
		if above.cut {
			return
		}
	}
	if w.rows == 0 || part == 0 {
		return
	}
	s.Distinct, s.Share = map[string]optimizer.Quantity{}, map[string]optimizer.Quantity{}
	for _, k := range w.keys {
		distinct, share := k.estimate(part, top.source.next)
		s.Distinct[k.key.Path] = optimizer.Quantity{Value: distinct, Origin: origin}
		s.Share[k.key.Path] = optimizer.Quantity{Value: share, Origin: origin}
	}
}

// part returns the source of the node's records and which part of its records the sample
// has: 1 if all, 0 if nobody knows.
func (w *watched) part() (*watched, float64) {
	for w.above != nil {
		w = w.above
	}
	total := w.total()
	switch {
	case !total.Known() || total.Value == 0:
		return w, 0
	case total.Origin == optimizer.Measured && w.source.size.Records < 0 || float64(w.rows) >= total.Value:
		return w, 1
	}
	return w, float64(w.rows) / total.Value
}

const (
	// fewPlaces are too few to compare what is in one with what is in others.
	fewPlaces = 4

	// often is how many units of a sample have a value that is taken to be one of few:
	// others like it would have been seen, too.
	often = 4
)

// estimate returns how many different values there are in all records, and which part
// of them has the most frequent value, from a sample that is the given part of them.
//
// The estimator is the first-order jackknife of Haas and Stokes (Estimating the Number
// of Classes in a Finite Population, JASA 93, 1998), d / (1 - (1-q)·f1/n), for d values
// of which f1 were seen once, among n, in a sample of the part q; as they do for data
// with skew, it is told of rare values only, and the frequent ones are added. Where
// every value was seen once it says d/q, where none was, d.
//
// It is made for single records, but those of a place are alike: files are often in the
// order of some key. So what is counted is in how many places a value was seen, however
// often in each (COLLAPSE of Chaudhuri, Das and Srivastava, Effective Use of Block-Level
// Sampling in Statistics Estimation, SIGMOD 2004). If there are few places, runs of
// equal values stand for them.
func (k *keyCount) estimate(part float64, places int) (distinct, share float64) {
	var frequent, d, f1, n, most int64
	for _, v := range k.values {
		unit := v.places
		if places < fewPlaces {
			unit = v.runs
		}
		if unit > often || part == 1 {
			most = max(most, v.rows)
		}
		if unit > often {
			frequent++
			continue
		}
		d++
		n += unit
		if unit == 1 {
			f1++
		}
	}
	distinct = float64(frequent + d)
	if part < 1 && len(k.values) > 1 && d > 0 {
		rare := float64(d) / (1 - (1-part)*float64(f1)/float64(n))
		distinct = min(float64(frequent)+rare, float64(k.rows)/part)
	}
	return distinct, max(float64(most)/float64(k.rows), 1/distinct)
}
