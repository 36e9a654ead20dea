package graphsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// keptUpload is the largest upload whose bytes are kept; of larger ones the hash and the size are.
const keptUpload = 32 << 20

// content is what is written into a file.
type content struct {
	bytes []byte
	large *large // instead of bytes
}

func (c content) size() int64 {
	if c.large != nil {
		return c.large.size
	}
	return int64(len(c.bytes))
}

// large is a file whose bytes nobody keeps.
type large struct {
	size int64
	made bool              // of what [Synthetic] makes: it can be downloaded
	sum  [sha256.Size]byte // of an upload; zero where it was never read
}

const syntheticBlock = 64 << 10

// Synthetic makes the content of a large file as it is read. It does not compress, and no two of its blocks of
// 64 KiB are equal, so that a piece in the wrong place is noticed. All of them begin alike, whatever their size.
type Synthetic struct {
	size, at int64
	noise    [syntheticBlock]byte
}

// NewSynthetic makes content of that size.
func NewSynthetic(size int64) *Synthetic {
	s := &Synthetic{size: size}
	_, _ = rand.NewChaCha8([32]byte{}).Read(s.noise[:])
	return s
}

// Read is for io.Reader.
func (s *Synthetic) Read(p []byte) (int, error) {
	if s.at >= s.size {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && s.at < s.size {
		block, from := s.at/syntheticBlock, s.at%syntheticBlock
		binary.BigEndian.PutUint64(s.noise[:8], uint64(block))
		took := copy(p[n:], s.noise[from:min(syntheticBlock, from+s.size-s.at)])
		n += took
		s.at += int64(took)
	}
	return n, nil
}

// Seek is for io.Seeker.
func (s *Synthetic) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += s.at
	case io.SeekEnd:
		offset += s.size
	}
	if offset < 0 {
		return 0, errors.New("seeking before the beginning")
	}
	s.at = offset
	return offset, nil
}

// AddLargeFile stores a file with synthetic content in a user's drive, in the place of one that is there. The path
// is from the drive's root; folders are made where they are missing. It returns the file's id.
func (g *Graph) AddLargeFile(user, path string, size int64) (id string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	drive, err := g.driveOfUser(user)
	if err != nil {
		return "", err
	}
	t := target{drive: drive, start: text(g.rootOf(drive).Entity, "id"), names: strings.FieldsFunc(path, isSlash), behaviour: conflictReplace}
	if len(t.names) == 0 {
		return "", errors.New("the path names no file")
	}
	c := &call{g: g, caller: Caller{App: true, AppID: "sandbox"}, route: &route{area: files}}
	a, err := c.write(t, content{large: &large{size: size, made: true}})
	if err != nil {
		return "", err
	}
	return text(a.one.entity, "id"), nil
}

func (g *Graph) driveOfUser(user string) (string, error) {
	u, ok := g.findUser(segment{text: user})
	if !ok {
		return "", files.notFound(user)
	}
	drive := g.o.Company.DriveOf[text(u, "id")]
	if drive == "" || g.rootOf(drive) == nil {
		return "", files.notFound(user)
	}
	return drive, nil
}

// Stored is a file as it is.
type Stored struct {
	ID, ETag string
	Size     int64
	SHA256   [sha256.Size]byte // of its content
}

// StoredFile looks a file up in a user's drive, by its path from the root.
func (g *Graph) StoredFile(user, path string) (Stored, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	drive, err := g.driveOfUser(user)
	if err != nil {
		return Stored{}, false
	}
	item := g.rootOf(drive)
	for name := range strings.FieldsFuncSeq(path, isSlash) {
		if item = g.child(drive, text(item.Entity, "id"), name); item == nil {
			return Stored{}, false
		}
	}
	if item.Content == nil {
		return Stored{}, false
	}
	s := Stored{ID: text(item.Entity, "id"), ETag: text(item.Entity, "eTag"), Size: int64(len(item.Content)), SHA256: sha256.Sum256(item.Content)}
	if l := g.large[s.ID]; l != nil {
		s.Size, s.SHA256 = l.size, l.hash()
	}
	return s, true
}

func (l *large) hash() [sha256.Size]byte {
	if l.sum != ([sha256.Size]byte{}) {
		return l.sum
	}
	h := sha256.New()
	_, _ = io.Copy(h, NewSynthetic(l.size))
	return [sha256.Size]byte(h.Sum(nil))
}

// contentOf is what an item holds.
func (g *Graph) contentOf(item *company.Item) content {
	return content{bytes: item.Content, large: g.large[text(item.Entity, "id")]}
}

// open is for downloads. Of an upload that was not kept there is nothing to give.
func (c content) open() (io.ReadSeeker, error) {
	switch {
	case c.large == nil:
		return bytes.NewReader(c.bytes), nil
	case c.large.made:
		return NewSynthetic(c.large.size), nil
	}
	return nil, &problem{status: http.StatusInternalServerError, code: "generalException", message: "The sandbox keeps no uploads as large as this one, only their hash."}
}
