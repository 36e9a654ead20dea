// Package compound reads compound files (MS-CFB), in which Outlook keeps messages, and Office kept its files before 2007
// and keeps encrypted ones: what their directory names, and the streams of a message. The file may be made to harm:
// chains of sectors are followed up to a bound.
package compound

import (
	"encoding/binary"
	"unicode/utf16"
)

// Names returns the names of what stands in the root of a compound file (MS-CFB section 2.6), or, where its
// tree is damaged, of all that its directory names. It reads no more than the directory.
func Names(data []byte) map[string]bool {
	dir := directory(data)
	names := map[string]bool{}
	if len(dir) < 128 {
		return names
	}
	entry := func(i uint32) []byte {
		if uint64(i)*128+128 > uint64(len(dir)) {
			return nil
		}
		return dir[i*128 : i*128+128]
	}
	seen := map[uint32]bool{}
	open := []uint32{binary.LittleEndian.Uint32(dir[76:])} // the root's child
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		e := entry(i)
		if e == nil || seen[i] {
			continue
		}
		seen[i] = true
		names[entryName(e)] = true
		open = append(open, binary.LittleEndian.Uint32(e[68:]), binary.LittleEndian.Uint32(e[72:])) // siblings
	}
	if len(names) == 0 {
		for i := uint32(0); entry(i) != nil; i++ {
			names[entryName(entry(i))] = true
		}
	}
	return names
}

func entryName(e []byte) string {
	length := int(binary.LittleEndian.Uint16(e[64:])) - 2 // with a final zero
	if length < 0 || length > 62 {
		return ""
	}
	units := make([]uint16, 0, 31)
	for i := 0; i < length; i += 2 {
		units = append(units, binary.LittleEndian.Uint16(e[i:]))
	}
	return string(utf16.Decode(units))
}

// maxDirectory bounds the directory: Office's have some dozen entries, a message's some thousand.
const maxDirectory = 8 << 20

// directory returns the sectors of the directory, as many as can be followed.
func directory(data []byte) []byte {
	if len(data) < 512 {
		return nil
	}
	shift := binary.LittleEndian.Uint16(data[30:])
	if shift != 9 && shift != 12 {
		return nil
	}
	size := 1 << shift
	sector := func(n uint32) []byte {
		from := (int64(n) + 1) << shift
		if from < 0 || from+int64(size) > int64(len(data)) {
			return nil
		}
		return data[from : from+int64(size)]
	}
	var dir []byte
	n := binary.LittleEndian.Uint32(data[48:])
	for len(dir) < maxDirectory {
		s := sector(n)
		if s == nil {
			break
		}
		dir = append(dir, s...)
		table := sector(tableSector(data, n/uint32(size/4), sector))
		if table == nil {
			break
		}
		n = binary.LittleEndian.Uint32(table[n%uint32(size/4)*4:])
	}
	return dir
}

// noSector is what no sector has as its number.
const noSector = 0xffffffff

// tableSector returns the sector of the i-th part of the allocation table. The header names the first 109; a chain
// of sectors names the others.
func tableSector(data []byte, i uint32, sector func(uint32) []byte) uint32 {
	if i < 109 {
		return binary.LittleEndian.Uint32(data[76+4*i:])
	}
	i -= 109
	n := binary.LittleEndian.Uint32(data[68:])
	for range len(data)/512 + 1 {
		s := sector(n)
		if s == nil {
			return noSector
		}
		last := uint32(len(s)/4 - 1)
		if i < last {
			return binary.LittleEndian.Uint32(s[4*i:])
		}
		i -= last
		n = binary.LittleEndian.Uint32(s[4*last:])
	}
	return noSector
}
