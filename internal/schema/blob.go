package schema

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
)

// The form of a model, in which it rests on disk and is read in place:
//
//	magic      8 bytes, the last of which is the number of this form
//	sum        SHA-256 of all that follows
//	lost       uint32
//	sections   offset from the beginning of what follows the table, and size, a uint32 each: see the constants
//
// Numbers of fixed size are little-endian; all others are varints as encoding/binary has them. What has a text names it by
// its number, the most used ones first; types stand in the order of their names, so that they are found without an index.
const (
	magic    = "msgraph\x01"
	maxBlob  = 32 << 20
	sumAt    = len(magic)
	lostAt   = sumAt + sha256.Size
	tableAt  = lostAt + 4
	dataAt   = tableAt + 8*sections
	maxDepth = 32 // of types that have each other as their base
	maxSpace = 1000
)

// The sections.
const (
	textIndex = iota // uint32 each: where a text begins; one more at the end
	texts            //
	typeIndex        // uint32 each: where the record of a type begins
	typeData         //
	operIndex        // likewise of operations
	operData         //
	rootData         //
	spaceData        // namespaces and their aliases
	sections         // how many there are
)

// flags of types, properties and operations.
const (
	flagKind     = 3 // mask: the kind of a type
	flagAbstract = 1 << 2
	flagOpen     = 1 << 3
	flagStream   = 1 << 4
	flagFlags    = 1 << 5

	flagMany      = 1 << 0
	flagContained = 1 << 1
	flagRequired  = 1 << 2

	flagAction      = 1 << 0
	flagOnMany      = 1 << 1
	flagReturnsMany = 1 << 2
	flagComposable  = 1 << 3

	flagSet    = 1 << 0
	flagImport = 1 << 1
)

// The numbers of the kinds of types.
const (
	kindEntity = iota
	kindComplex
	kindEnum
	kindDefinition
)

// kinds are the kinds of types by their number.
var kinds = [...]Kind{kindEntity: Entity, kindComplex: Complex, kindEnum: Enum, kindDefinition: Definition}

// errDamaged is what [Load] says to what is no model.
var errDamaged = errors.New("the stored schema is damaged")

// Model is the schema of one version of one cloud. It does not change; any number of goroutines may use it.
type Model struct {
	blob   string // all of it: texts are pieces of it
	at     [sections]section
	lost   int
	spaces []space
}

type section struct{ from, size int }

type space struct {
	name    string
	aliases []string
}

// Load returns the model that AppendBinary has written. What is damaged, or of another form, is an error.
func Load(blob []byte) (*Model, error) {
	switch {
	case len(blob) > maxBlob:
		return nil, fmt.Errorf("the stored schema has more than %d MiB", maxBlob>>20)
	case len(blob) < dataAt:
		return nil, fmt.Errorf("%w: it ends after %d bytes", errDamaged, len(blob))
	case string(blob[:len(magic)-1]) != magic[:len(magic)-1]:
		return nil, fmt.Errorf("%w: it does not begin as one", errDamaged)
	case blob[len(magic)-1] != magic[len(magic)-1]:
		return nil, fmt.Errorf("the stored schema has form %d, this program reads form %d", blob[len(magic)-1], magic[len(magic)-1])
	}
	sum := sha256.Sum256(blob[lostAt:])
	if subtle.ConstantTimeCompare(sum[:], blob[sumAt:lostAt]) != 1 {
		return nil, fmt.Errorf("%w: its checksum is another", errDamaged)
	}
	return load(string(blob))
}

// load reads the table. The records are read in place later, by a [cursor] that never leaves them.
func load(blob string) (*Model, error) {
	m := &Model{blob: blob, lost: int(fixed(blob, lostAt))}
	for i := range m.at {
		from, size := uint64(fixed(blob, tableAt+8*i)), uint64(fixed(blob, tableAt+8*i+4))
		if uint64(dataAt)+from+size > uint64(len(blob)) {
			return nil, fmt.Errorf("%w: a section leaves it", errDamaged)
		}
		m.at[i] = section{dataAt + int(from), int(size)}
	}
	c := m.open(spaceData, 0)
	for range min(c.count(), maxSpace) {
		s := space{name: m.text(c.number())}
		for range c.count() {
			s.aliases = append(s.aliases, m.text(c.number()))
		}
		m.spaces = append(m.spaces, s)
	}
	return m, nil
}

// AppendBinary appends the model in the form that [Load] reads.
func (m *Model) AppendBinary(b []byte) ([]byte, error) { return append(b, m.blob...), nil }

// Size returns how much there is in m.
func (m *Model) Size() Size {
	c := m.open(rootData, 0)
	return Size{Bytes: len(m.blob), Types: m.types(), Operations: m.at[operIndex].size / 4, Roots: c.count(), Lost: m.lost}
}

// fixed reads a uint32. The caller knows that it is there.
func fixed(s string, at int) uint32 {
	return uint32(s[at]) | uint32(s[at+1])<<8 | uint32(s[at+2])<<16 | uint32(s[at+3])<<24
}

// index reads entry i of an index; -1 where there is none.
func (m *Model) index(which, i int) int {
	at := m.at[which]
	if i < 0 || i >= at.size/4 {
		return -1
	}
	return int(fixed(m.blob, at.from+4*i))
}

// text returns text i.
func (m *Model) text(i int) string {
	from, to := m.index(textIndex, i), m.index(textIndex, i+1)
	if from < 0 || from > to || to > m.at[texts].size {
		return ""
	}
	return m.blob[m.at[texts].from+from : m.at[texts].from+to]
}

// open returns a cursor in a section.
func (m *Model) open(which, from int) cursor {
	at := m.at[which]
	if from < 0 || from > at.size {
		return cursor{}
	}
	return cursor{m.blob[at.from+from : at.from+at.size]}
}

// cursor reads varints. Behind the end all of them are zero.
type cursor struct{ rest string }

func (c *cursor) number() int {
	value, shift := uint64(0), 0
	for i := range len(c.rest) {
		b := c.rest[i]
		value |= uint64(b&0x7f) << shift
		if b < 0x80 {
			c.rest = c.rest[i+1:]
			return int(value & 0x7fffffff)
		}
		if shift += 7; shift > 28 {
			break
		}
	}
	c.rest = ""
	return 0
}

// count reads how many entries follow: never more than there is room for.
func (c *cursor) count() int { return min(c.number(), len(c.rest)) }

// skip passes n numbers.
func (c *cursor) skip(n int) {
	for range n {
		c.number()
	}
}

// pass passes a list whose entries are of n numbers.
func (c *cursor) pass(n int) {
	for range c.count() {
		c.skip(n)
	}
}
