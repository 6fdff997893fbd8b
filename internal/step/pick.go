package step

import (
	"github.com/thalweg/thalweg/internal/operator"
	"github.com/thalweg/thalweg/types"
)

// Pick makes one record of each record, of the fields that both types have.
func Pick[I, O any](fields *types.Pick[I, O]) operator.Factory {
	return Fields([]FieldCopier[I, O]{fields.Copy})
}
