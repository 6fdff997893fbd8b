package keyed_test

import (
	"testing"

	"github.com/thalweg/thalweg/internal/keyed"
	"github.com/thalweg/thalweg/internal/keyed/keyedtest"
	"github.com/thalweg/thalweg/types"
)

func TestTheBackendInMemory(t *testing.T) {
	keyedtest.Run(t, func(_ testing.TB, keys *types.Type[string], s keyed.Settings) keyed.Backend[string] {
		return keyed.NewSlots(keys, s)
	})
}
