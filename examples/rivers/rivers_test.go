package rivers

import "testing"

func TestTheTableIsComplete(t *testing.T) {
	names := map[string]bool{}
	for _, r := range All() {
		if r.Name == "" || r.Continent == "" || r.Sea == "" || r.Length < 300 || r.Length > 7000 || names[r.Name] {
			t.Errorf("%+v", r)
		}
		names[r.Name] = true
	}
	if len(names) < 40 {
		t.Errorf("%d rivers", len(names))
	}
}
