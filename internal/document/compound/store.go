package compound

import "encoding/binary"

// Store reads the streams of a compound file (MS-CFB) that holds a message. github.com/richardlehane/mscfb
// (Apache-2.0, kept up) was read for this: it copies the path of every entry, and joins the sectors of a stream by
// shifting all that follow, so that a file of some megabytes takes gigabytes or hours.
type Store struct {
	data      []byte
	directory []byte
	shift     uint
	mini      []byte // the stream of small streams
	miniTable []byte
	left      int // bytes that may still be read
	seen      map[uint32]bool
}

// Entry is a stream or a storage of the directory.
type Entry struct {
	Name    string // "" for none
	Storage bool
	Size    int // of a stream, as the directory has it
	child   uint32
	start   uint32
}

// Open opens a compound file, of whose streams at most work bytes are read. It returns nil where the directory cannot
// be read.
func Open(data []byte, work int) *Store {
	s := &Store{data: data, directory: directory(data), left: work, seen: map[uint32]bool{}}
	if len(s.directory) < 128 {
		return nil
	}
	s.shift = uint(binary.LittleEndian.Uint16(data[30:]))
	root := s.Root()
	s.mini = s.chain(root.start, root.Size)
	s.miniTable = s.chain(binary.LittleEndian.Uint32(data[60:]), int(min(binary.LittleEndian.Uint32(data[64:]), 1<<16))<<s.shift)
	return s
}

// Root gives the entry that all others stand in.
func (s *Store) Root() Entry { return s.entry(0) }

// entry reads an entry; one that the directory lacks has no name.
func (s *Store) entry(i uint32) Entry {
	if uint64(i)*128+128 > uint64(len(s.directory)) {
		return Entry{}
	}
	e := s.directory[i*128 : i*128+128]
	return Entry{
		Name: entryName(e), Storage: e[66] == 1 || e[66] == 5, child: binary.LittleEndian.Uint32(e[76:]),
		start: binary.LittleEndian.Uint32(e[116:]), Size: int(min(binary.LittleEndian.Uint32(e[120:]), 1<<30)),
	}
}

// Children gives what stands in a storage. Each entry of the file is given once, however often it is referred to.
func (s *Store) Children(parent Entry) []Entry {
	var out []Entry
	open := []uint32{parent.child}
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		e := s.entry(i)
		if e.Name == "" || s.seen[i] {
			continue
		}
		s.seen[i] = true
		out = append(out, e)
		raw := s.directory[i*128:]
		open = append(open, binary.LittleEndian.Uint32(raw[72:]), binary.LittleEndian.Uint32(raw[68:])) // siblings
	}
	return out
}

func (s *Store) sector(n uint32) []byte {
	from := (int64(n) + 1) << s.shift
	if from < 0 || from >= int64(len(s.data)) {
		return nil
	}
	return s.data[from:min(from+1<<s.shift, int64(len(s.data)))]
}

// whole is sector for what must not be cut off.
func (s *Store) whole(n uint32) []byte {
	if found := s.sector(n); len(found) == 1<<s.shift {
		return found
	}
	return nil
}

// chain reads size bytes from the sectors that begin with start, or as many as are there.
func (s *Store) chain(start uint32, size int) []byte {
	var out []byte
	perTable := uint32(1) << s.shift / 4
	for n := start; len(out) < size && s.left > 0; {
		found := s.sector(n)
		if len(found) == 0 {
			break
		}
		out = append(out, found...)
		s.left -= len(found)
		table := s.whole(tableSector(s.data, n/perTable, s.whole))
		if table == nil {
			break
		}
		n = binary.LittleEndian.Uint32(table[n%perTable*4:])
	}
	return out[:min(size, len(out))]
}

// Read gives a stream; those below 4096 bytes are kept together in one.
func (s *Store) Read(e Entry) []byte {
	if e.Size >= 4096 {
		return s.chain(e.start, e.Size)
	}
	var out []byte
	for n := uint64(e.start); len(out) < e.Size && (n+1)*64 <= uint64(len(s.mini)); {
		out = append(out, s.mini[n*64:n*64+64]...)
		if s.left -= 64; n*4+4 > uint64(len(s.miniTable)) || s.left < 0 {
			break
		}
		n = uint64(binary.LittleEndian.Uint32(s.miniTable[n*4:]))
	}
	return out[:min(e.Size, len(out))]
}
