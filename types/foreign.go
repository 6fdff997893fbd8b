package types

import (
	"encoding"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// Whose state is it? Unexported fields of the user's own structs are data. Those
// of a stranger (a mutex, a big.Int) follow rules the engine cannot know, so
// an unexported field is carried only if its package is at home: named in the
// root type's expression. Home are the packages of
//
//   - the root type, if it has a name;
//   - its type arguments: in Pair[model.User, int], model is at home;
//   - what an unnamed root is made of: in map[string][]model.User too;
//   - the variants of registered sums.
//
// The standard library is never at home. A stranger is carried if it
// implements encoding.BinaryMarshaler and BinaryUnmarshaler, or by a codec.

// addHome notes the packages a type expression names: of the type itself, of
// its type arguments, and of what an unnamed type is made of. Structs of those
// packages are the user's own, and their unexported fields are data.
func (c *compiler) addHome(t reflect.Type) {
	if t.Name() != "" {
		c.home[t.PkgPath()] = true
		for _, path := range argumentPackages(t.Name()) {
			c.home[path] = true
		}
		return
	}
	switch t.Kind() {
	case reflect.Map:
		c.addHome(t.Key())
		c.addHome(t.Elem())
	case reflect.Array, reflect.Slice, reflect.Pointer, reflect.Chan:
		c.addHome(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			c.home[t.Field(i).PkgPath] = true // of an unexported field
			c.addHome(t.Field(i).Type)
		}
	}
}

// argumentPackages returns the import paths inside the brackets of a generic
// type's name, e.g. "Pair[a.org/b.Word,int]" gives "a.org/b".
func argumentPackages(name string) (paths []string) {
	open := strings.IndexByte(name, '[')
	if open < 0 {
		return nil
	}
	words := strings.FieldsFunc(name[open:], func(r rune) bool { return strings.ContainsRune("[],*{}(); ", r) })
	for _, w := range words {
		// The name follows the last dot; local types add "·1" behind it.
		if dot := strings.LastIndexByte(w, '.'); dot > strings.LastIndexByte(w, '/') {
			// Dots in the path's last element are escaped in type names.
			paths = append(paths, strings.ReplaceAll(w[:dot], "%2e", "."))
		}
	}
	return paths
}

var modules = sync.OnceValue(func() (paths []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	paths = append(paths, info.Main.Path)
	for _, m := range info.Deps {
		paths = append(paths, m.Path)
	}
	return paths
})

// standard reports whether pkg belongs to the standard library: no dot in its
// first element and part of no module of this binary. Built without modules,
// nothing is known and nothing is refused for it.
func standard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	if pkg == "" || first == "main" || strings.Contains(first, ".") || len(modules()) == 0 {
		return false
	}
	return !slices.ContainsFunc(modules(), func(m string) bool {
		return m != "" && (pkg == m || strings.HasPrefix(pkg, m+"/") || strings.TrimSuffix(pkg, "_test") == m)
	})
}

var (
	marshalerType   = reflect.TypeFor[encoding.BinaryMarshaler]()
	appenderType    = reflect.TypeFor[encoding.BinaryAppender]()
	unmarshalerType = reflect.TypeFor[encoding.BinaryUnmarshaler]()
)

// marshaler returns the program of a type that writes itself, or nil. A struct
// that only inherits the methods from an embedded field does not count: the
// embedded field's bytes would silently stand for the whole.
func marshaler(t reflect.Type) *codecProgram {
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return nil
	}
	ptr := reflect.PointerTo(t)
	if !ptr.Implements(marshalerType) || !ptr.Implements(unmarshalerType) {
		return nil
	}
	if inherits(t, "MarshalBinary") || inherits(t, "UnmarshalBinary") {
		return nil
	}
	// A type can write itself and yet inherit the method that appends.
	appends := ptr.Implements(appenderType) && !inherits(t, "AppendBinary")
	word := typeWord(ptr)
	return &codecProgram{
		name: typeName(t),
		append: func(dst []byte, p unsafe.Pointer) ([]byte, error) {
			v := pointerIn(word, p)
			if appends {
				return v.(encoding.BinaryAppender).AppendBinary(dst)
			}
			b, err := v.(encoding.BinaryMarshaler).MarshalBinary()
			return append(dst, b...), err
		},
		decode: func(src []byte, p unsafe.Pointer) error {
			return pointerIn(word, p).(encoding.BinaryUnmarshaler).UnmarshalBinary(src)
		},
	}
}

// inherits reports whether the method of t or *t is promoted from an embedded
// field. Reflection does not tell; but the wrapper that promotes a method is the
// compiler's, and says so in place of a file.
func inherits(t reflect.Type, name string) bool {
	if t.Kind() != reflect.Struct {
		return false
	}
	embeds := false
	for i := range t.NumField() {
		embeds = embeds || t.Field(i).Anonymous
	}
	if !embeds {
		return false
	}
	m, ok := method(t, name)
	if !ok { // a method of the value has a wrapper in the pointer's set as well
		m, _ = method(reflect.PointerTo(t), name)
	}
	pc := m.Func.Pointer()
	file, _ := runtime.FuncForPC(pc).FileLine(pc)
	return file == "<autogenerated>"
}

// method is MethodByName with constant names: for a variable one the linker
// would have to keep every exported method of the program.
func method(t reflect.Type, name string) (reflect.Method, bool) {
	switch name {
	case "MarshalBinary":
		return t.MethodByName("MarshalBinary")
	case "UnmarshalBinary":
		return t.MethodByName("UnmarshalBinary")
	}
	return t.MethodByName("AppendBinary")
}

// pointerIn returns an interface that holds p as the pointer type of word. It
// does what reflect.NewAt(t, p).Interface() does, without reflection.
func pointerIn(word, p unsafe.Pointer) (v any) {
	*(*eface)(unsafe.Pointer(&v)) = eface{word, p}
	return v
}
