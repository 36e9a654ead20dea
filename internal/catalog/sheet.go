package catalog

import (
	"strings"
	"sync"
)

// sheet is an operation whose texts were read.
type sheet struct {
	number    int
	operation *Operation
	texts     []text
	tokens    []token // of all texts
	room      room
}

// text is what stands in a field of an operation.
type text struct {
	field    int
	isPhrase bool
	from, to int // its tokens
}

// sheets is how many there are: enough that neither side waits for the other.
const sheets = 8

// readAll reads the texts of operations and hands them over in their order. One goroutine reads while what is called counts;
// it has ended when readAll returns. A sheet is used again after the call.
func readAll(operations []Operation, l *lexicon, take func(*sheet)) {
	full, empty := make(chan *sheet, sheets), make(chan *sheet, sheets)
	for range sheets {
		empty <- &sheet{}
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(full)
		words := l.remembering()
		for i := range operations {
			s := <-empty
			s.number, s.operation = i, &operations[i]
			s.read(words)
			full <- s
		}
	})
	for s := range full {
		take(s)
		empty <- s
	}
	reader.Wait()
}

// read reads the texts of an operation.
func (s *sheet) read(l *lexicon) {
	o := s.operation
	s.texts, s.tokens = s.texts[:0], s.tokens[:0]
	for in, phrases := range [...][]string{english: o.Asks, german: o.German, french: o.French} {
		for _, phrase := range phrases {
			s.add(l, text{field: fieldAsk, isPhrase: true}, phrase, language(in))
		}
	}
	s.add(l, text{field: fieldDoes, isPhrase: true}, o.Does, english)
	s.add(l, text{field: fieldPath}, strings.Join(templateWords(o.Path), " "), english)
	s.add(l, text{field: fieldLast}, strings.Join(templateWords(lastSegment(o.Path)), " "), english)
	s.add(l, text{field: fieldPath}, o.Returns, english)
	s.add(l, text{field: fieldArea}, o.Area, english)
	for _, option := range o.Query {
		s.add(l, text{field: fieldQuery}, option.Value, english)
	}
	for _, note := range o.Notes {
		s.add(l, text{field: fieldNote}, note, english)
	}
}

func (s *sheet) add(l *lexicon, t text, written string, in language) {
	s.room.words = splitInto(s.room.words[:0], written)
	t.from = len(s.tokens)
	s.tokens = append(s.tokens, l.tokensIn(&s.room, s.room.words, in.alone())...)
	t.to = len(s.tokens)
	s.texts = append(s.texts, t)
}
