package explain_test

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/thalweg/thalweg/internal/explain"
)

func TestEveryFieldOfTheJSONIsInTheDocument(t *testing.T) {
	b, err := os.ReadFile("../../docs/explain.md")
	if err != nil {
		t.Fatal(err)
	}
	_, document, ok := strings.Cut(string(b), "## The JSON")
	if !ok {
		t.Fatal("the document says nothing of JSON")
	}
	met := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice:
			visit(typ.Elem())
		case reflect.Struct:
			if met[typ] {
				return
			}
			met[typ] = true
			for i := range typ.NumField() {
				f := typ.Field(i)
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if !f.Anonymous && !strings.Contains(document, "`"+name+"`") {
					t.Errorf("the field %s of %s is missing", name, typ.Name())
				}
				visit(f.Type)
			}
		}
	}
	visit(reflect.TypeFor[explain.Report]())
}
