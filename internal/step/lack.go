package step

import (
	"fmt"

	"github.com/thalweg/thalweg/internal/metrics"
	"github.com/thalweg/thalweg/internal/operator"
)

var _ operator.Lacker = (*triggeredStep[int, int, int, int])(nil)

// manyKeys bounds how many keys are looked at for those that lack records.
const manyKeys = 10_000

// longestKey bounds a key that is shown, in bytes.
const longestKey = 80

// Lack implements operator.Lacker.
func (s *triggeredStep[R, K, A, O]) Lack(st *metrics.Standing) {
	for slot := range s.states[:min(len(s.states), manyKeys)] {
		windows, have, want := s.machine.Lack(&s.states[slot].State)
		if windows == 0 {
			continue
		}
		if st.Counts == 0 || want-have < st.Want-st.Have {
			st.Have, st.Want, st.Key = have, want, fmt.Sprintf("%.*v", longestKey, *s.keys.Key(int32(slot)))
		}
		st.Counts += windows
	}
}
