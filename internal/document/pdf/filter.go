package pdf

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"io"
)

// pdfMaxStream bounds one decoded stream: no page of text is near it, a bomb is beyond it.
const pdfMaxStream = 32 << 20

// decodeStream undoes the filters of a stream (ISO 32000-1, 7.4). Damaged data gives what came before the damage;
// ok is false where a filter is one for images, which hold no text.
func (d *pdfFile) decodeStream(s *pdfStream) (data []byte, ok bool) {
	data = d.decrypt(s)
	filters, parameters := d.list(s.dict, "Filter", "F"), d.list(s.dict, "DecodeParms", "DP")
	if len(filters) > 8 {
		return nil, false
	}
	for i, filter := range filters {
		var parms pdfDict
		if i < len(parameters) {
			parms, _ = d.resolve(parameters[i]).(pdfDict)
		}
		name, _ := d.resolve(filter).(pdfName)
		if data, ok = d.undo(name, data, parms); !ok {
			return nil, false
		}
		if !d.meter.spend(len(data)) {
			return nil, false
		}
	}
	return data, true
}

// list gives a value that may be one object or an array of them, under its name or its short form.
func (d *pdfFile) list(dict pdfDict, name, short pdfName) pdfArray {
	value := d.resolve(dict[name])
	if value == nil {
		value = d.resolve(dict[short])
	}
	switch value := value.(type) {
	case nil:
		return nil
	case pdfArray:
		return value
	default:
		return pdfArray{value}
	}
}

func (d *pdfFile) undo(filter pdfName, data []byte, parms pdfDict) ([]byte, bool) {
	switch filter {
	case "FlateDecode", "Fl":
		return d.unpredict(inflate(data), parms), true
	case "LZWDecode", "LZW":
		early := true
		if n, isInt := d.resolve(parms["EarlyChange"]).(int); isInt && n == 0 {
			early = false
		}
		return d.unpredict(decodeLZW(data, early), parms), true
	case "ASCII85Decode", "A85":
		return decodeASCII85(data), true
	case "ASCIIHexDecode", "AHx":
		return decodeHex(data), true
	case "RunLengthDecode", "RL":
		return decodeRunLength(data), true
	case "Crypt":
		return data, true
	}
	return nil, false
}

// inflate reads a zlib stream, or a bare deflate one where its header is broken.
func inflate(data []byte) []byte {
	var out []byte
	if r, err := zlib.NewReader(bytes.NewReader(data)); err == nil {
		out, _ = io.ReadAll(io.LimitReader(r, pdfMaxStream)) // what came before an error is kept
	}
	if len(out) == 0 && len(data) > 2 {
		out, _ = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data[2:])), pdfMaxStream))
	}
	return out
}

// decodeLZW undoes 7.4.4. The standard library's LZW is GIF's and knows no early change.
func decodeLZW(data []byte, early bool) []byte {
	type entry struct {
		prefix int
		last   byte
		length int
	}
	const clear, end, limit = 256, 257, 4096
	table := make([]entry, 258, limit)
	for i := range 256 {
		table[i] = entry{-1, byte(i), 1}
	}
	var out []byte
	bits, count, width, previous := uint32(0), 0, 9, -1
	offset := 0
	if early {
		offset = 1
	}
	for _, b := range data {
		bits, count = bits<<8|uint32(b), count+8
		if count < width {
			continue
		}
		count -= width
		code := int(bits>>count) & (1<<width - 1)
		switch {
		case code == clear:
			table, width, previous = table[:258], 9, -1
			continue
		case code == end, code > len(table), previous < 0 && code >= 256, len(out) > pdfMaxStream:
			return out
		}
		from := code
		if code == len(table) { // the code that is being defined
			from = previous
		}
		at := len(out)
		out = append(out, make([]byte, table[from].length)...)
		for i, e := len(out)-1, from; e >= 0 && i >= at; i, e = i-1, table[e].prefix {
			out[i] = table[e].last
		}
		if code == len(table) {
			out = append(out, out[at])
		}
		if previous >= 0 && len(table) < limit {
			table = append(table, entry{previous, out[at], table[previous].length + 1})
		}
		previous = code
		if n := len(table) + offset; n >= 1<<width && width < 12 {
			width++
		}
	}
	return out
}

func decodeASCII85(data []byte) []byte {
	out := make([]byte, 0, len(data)*4/5)
	group, n := uint32(0), 0
	for _, c := range data {
		switch {
		case c == 'z' && n == 0:
			out = append(out, 0, 0, 0, 0)
		case c >= '!' && c <= 'u':
			group, n = group*85+uint32(c-'!'), n+1
			if n == 5 {
				out = append(out, byte(group>>24), byte(group>>16), byte(group>>8), byte(group))
				group, n = 0, 0
			}
		case c == '~':
			return append(out, ascii85Tail(group, n)...)
		}
	}
	return append(out, ascii85Tail(group, n)...)
}

func ascii85Tail(group uint32, n int) []byte {
	if n < 2 {
		return nil
	}
	for range 5 - n {
		group = group*85 + 84
	}
	return []byte{byte(group >> 24), byte(group >> 16), byte(group >> 8)}[:n-1]
}

func decodeHex(data []byte) []byte {
	data, _, _ = bytes.Cut(data, []byte(">"))
	out := make([]byte, 0, len(data)/2+1)
	high, half := byte(0), false
	for _, c := range data {
		digit := byte(0)
		switch {
		case c >= '0' && c <= '9':
			digit = c - '0'
		case c >= 'a' && c <= 'f':
			digit = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			digit = c - 'A' + 10
		default:
			continue
		}
		if half {
			out = append(out, high<<4|digit)
		}
		high, half = digit, !half
	}
	if half {
		out = append(out, high<<4)
	}
	return out
}

func decodeRunLength(data []byte) []byte {
	var out []byte
	for i := 0; i < len(data) && len(out) < pdfMaxStream; {
		n := int(data[i])
		i++
		switch {
		case n == 128:
			return out
		case n < 128:
			end := min(i+n+1, len(data))
			out = append(out, data[i:end]...)
			i = end
		case i < len(data):
			out = append(out, bytes.Repeat(data[i:i+1], 257-n)...)
			i++
		}
	}
	return out
}

// unpredict undoes the predictors of 7.4.4.4: PNG's, which cross-reference streams use, and TIFF's for bytes.
func (d *pdfFile) unpredict(data []byte, parms pdfDict) []byte {
	number := func(name pdfName, otherwise int) int {
		if n, isInt := d.resolve(parms[name]).(int); isInt && n > 0 && n < 1<<16 {
			return n
		}
		return otherwise
	}
	predictor := number("Predictor", 1)
	colours, depth, columns := number("Colors", 1), number("BitsPerComponent", 8), number("Columns", 1)
	pixel := max(1, colours*depth/8)
	row := (colours*depth*columns + 7) / 8
	if row > pdfMaxStream {
		return nil
	}
	switch {
	case predictor == 2 && depth == 8:
		for i := range data {
			if i%row >= pixel {
				data[i] += data[i-pixel]
			}
		}
	case predictor >= 10:
		return unpredictPNG(data, row, pixel)
	}
	return data
}

func unpredictPNG(data []byte, row, pixel int) []byte {
	out := make([]byte, 0, len(data))
	above := make([]byte, row)
	for len(data) > 1 {
		kind, line := data[0], data[1:min(row+1, len(data))]
		data = data[1+len(line):]
		for i := range line {
			var left, up, corner byte
			up = above[i]
			if i >= pixel {
				left, corner = line[i-pixel], above[i-pixel]
			}
			switch kind {
			case 1:
				line[i] += left
			case 2:
				line[i] += up
			case 3:
				line[i] += byte((int(left) + int(up)) / 2)
			case 4:
				line[i] += pdfPaeth(left, up, corner)
			}
		}
		above = append(line[:len(line):len(line)], make([]byte, row-len(line))...)
		out = append(out, line...)
	}
	return out
}

func pdfPaeth(left, up, corner byte) byte {
	guess := int(left) + int(up) - int(corner)
	distance := func(b byte) int { return max(guess-int(b), int(b)-guess) }
	switch {
	case distance(left) <= distance(up) && distance(left) <= distance(corner):
		return left
	case distance(up) <= distance(corner):
		return up
	}
	return corner
}
