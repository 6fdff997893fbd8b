package exampletest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/thalweg/thalweg/examples/rivers"
)

// Save writes a file with the name and text given into a new directory, which is
// removed when the test has ended, and returns its path.
func Save(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// Rivers returns 2000 rivers, the same for the same seed, and the path of a table
// with them. Lengths, continents and seas occur many times, names once.
func Rivers(t *testing.T, seed uint64) ([]rivers.River, string) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	var all []rivers.River
	text := "sea,length_km,name,continent\n"
	for i := range 2000 {
		river := rivers.River{
			Name: fmt.Sprintf("river %d", i), Continent: fmt.Sprintf("continent %d", r.IntN(9)),
			Length: r.Int64N(50), Sea: fmt.Sprintf("sea %d", r.IntN(r.IntN(300)+1)),
		}
		all = append(all, river)
		text += fmt.Sprintf("%s,%d,%s,%s\n", river.Sea, river.Length, river.Name, river.Continent)
	}
	return all, Save(t, "rivers.csv", text)
}
