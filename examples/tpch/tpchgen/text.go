package tpchgen

// text draws a comment of low to high characters: sentences of the grammar below,
// cut wherever the length is reached.
//
//	sentence     = noun phrase, verb phrase, [ rest ], terminator
//	rest         = prepositional phrase | noun phrase
//	             (a prepositional phrase may also follow the first noun phrase)
//	noun phrase  = [ [ adjective, "," ] adjective | adverb adjective ] noun
//	verb phrase  = [ auxiliary ] verb [ adverb ]
//	prep. phrase = preposition "the" noun phrase
func (s *stream) text(low, high int64) string {
	w := writer{stream: s, text: make([]byte, 0, 320)}
	length := int(s.between(low, high))
	for len(w.text) < length {
		w.sentence()
	}
	return string(w.text[:length])
}

// writer appends words to a text.
type writer struct {
	*stream
	text []byte
}

func (w *writer) word(list []string) {
	if len(w.text) > 0 {
		w.text = append(w.text, ' ')
	}
	w.text = append(w.text, pick(w.stream, list)...)
}

func (w *writer) sentence() {
	form := w.between(0, 4)
	w.nounPhrase()
	if form >= 3 {
		w.prepositionalPhrase()
	}
	w.verbPhrase()
	switch form {
	case 1, 4:
		w.prepositionalPhrase()
	case 2, 3:
		w.nounPhrase()
	}
	w.text = append(w.text, pick(w.stream, terminators)...)
}

func (w *writer) nounPhrase() {
	switch w.between(0, 3) {
	case 1:
		w.word(adjectives)
	case 2:
		w.word(adjectives)
		w.text = append(w.text, ',')
		w.word(adjectives)
	case 3:
		w.word(adverbs)
		w.word(adjectives)
	}
	w.word(nouns)
}

func (w *writer) verbPhrase() {
	form := w.between(0, 3)
	if form&1 != 0 {
		w.word(auxiliaries)
	}
	w.word(verbs)
	if form&2 != 0 {
		w.word(adverbs)
	}
}

func (w *writer) prepositionalPhrase() {
	w.word(prepositions)
	w.text = append(w.text, " the"...)
	w.nounPhrase()
}
