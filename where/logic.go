package where

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/thalweg/thalweg/connect"
	"github.com/thalweg/thalweg/types"
)

// All is satisfied where all predicates are; without any, everything satisfies it.
func All[T any](predicates ...Predicate[T]) Predicate[T] {
	if len(predicates) == 1 {
		return predicates[0]
	}
	l, holds := parts(predicates)
	for _, p := range predicates {
		l.terms = append(l.terms, p.terms...)
	}
	return Predicate[T]{text: join(predicates, " and ", "everything"), logic: l, holds: func(row *T) bool {
		for _, h := range holds {
			if !h(row) {
				return false
			}
		}
		return true
	}}
}

// Any is satisfied where one of the predicates is; without any, nothing satisfies it.
func Any[T any](predicates ...Predicate[T]) Predicate[T] {
	if len(predicates) == 1 {
		return predicates[0]
	}
	l, holds := parts(predicates)
	if len(predicates) > 0 {
		l.terms = common(predicates)
	}
	return Predicate[T]{text: join(predicates, " or ", "nothing"), logic: l, holds: func(row *T) bool {
		for _, h := range holds {
			if h(row) {
				return true
			}
		}
		return false
	}}
}

// Behind is satisfied where a field is a pointer to something that satisfies a
// predicate. To ask for a value itself, the predicate's field is the whole:
//
//	where.Behind(note, where.Prefix(itself, "urgent")) // note is a func(*Order) **string
func Behind[T, V any](field func(*T) **V, predicate Predicate[V]) Predicate[T] {
	f, err := types.FieldOf(field)
	if err == nil {
		err = predicate.Err()
	}
	if err != nil {
		return Predicate[T]{logic: logic{err: fmt.Errorf("where: %w", err)}}
	}
	place := connect.Place{Path: f.Path(), Offset: f.Offset(), Pointer: true}
	l := logic{places: []connect.Place{place}}
	for _, t := range predicate.terms {
		if t.Path == "" && !t.Pointer {
			l.terms = append(l.terms, connect.Term{Place: place, Spans: t.Spans})
		}
	}
	return Predicate[T]{
		text: f.Path() + " -> " + enclosed(predicate), logic: l,
		holds: func(row *T) bool {
			v := *f.At(row)
			return v != nil && predicate.holds(v)
		},
	}
}

// parts are the places and functions of predicates, and what is wrong with them.
func parts[T any](predicates []Predicate[T]) (l logic, holds []func(*T) bool) {
	l.joined = len(predicates) > 1
	for _, p := range predicates {
		if err := p.Err(); err != nil && l.err == nil {
			l.err = err
		}
		for _, place := range p.places {
			if !slices.Contains(l.places, place) {
				l.places = append(l.places, place)
			}
		}
		holds = append(holds, p.holds)
	}
	return l, holds
}

// common are the terms of fields that all predicates have a term for: one of them holds,
// so the value is in a span of one of the terms. Of several terms for a field the first
// one counts; each of them would do.
func common[T any](predicates []Predicate[T]) (terms []connect.Term) {
	for _, first := range predicates[0].terms {
		if slices.ContainsFunc(terms, func(t connect.Term) bool { return t.Place == first.Place }) {
			continue
		}
		term, everywhere := connect.Term{Place: first.Place}, true
		for _, p := range predicates {
			i := slices.IndexFunc(p.terms, func(t connect.Term) bool { return t.Place == first.Place })
			if everywhere = everywhere && i >= 0; everywhere {
				term.Spans = append(term.Spans, p.terms[i].Spans...)
			}
		}
		if everywhere {
			terms = append(terms, term)
		}
	}
	return terms
}

func join[T any](predicates []Predicate[T], word, none string) string {
	if len(predicates) == 0 {
		return none
	}
	var texts []string
	for _, p := range predicates {
		texts = append(texts, enclosed(p))
	}
	return strings.Join(texts, word)
}

func enclosed[T any](p Predicate[T]) string {
	if p.joined {
		return "(" + p.text + ")"
	}
	return p.text
}

// list is a text that is shown as it is.
type list string

// sentence puts a field and constants into words.
func sentence(format, path string, constants []any) string {
	if path == "" {
		path = "it"
	}
	words := []any{path}
	for _, c := range constants {
		words = append(words, constant(c))
	}
	return fmt.Sprintf(format, words...)
}

// constant shows a value: by its own String method, strings in quotes, times in UTC.
func constant(v any) string {
	switch v := v.(type) {
	case list:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case fmt.Stringer:
		return v.String()
	}
	if s := reflect.ValueOf(v); s.Kind() == reflect.String {
		return strconv.Quote(s.String())
	}
	return fmt.Sprint(v)
}
