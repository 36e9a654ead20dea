package telemetry

import "encoding/binary"

// wire writes the binary form of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/): of it, the
// four shapes that spans need.
type wire []byte

func (w *wire) tag(field, shape int) {
	*w = binary.AppendUvarint(*w, uint64(field)<<3|uint64(shape))
}

func (w *wire) varint(field int, v uint64) {
	w.tag(field, 0)
	*w = binary.AppendUvarint(*w, v)
}

func (w *wire) fixed64(field int, v uint64) {
	w.tag(field, 1)
	*w = binary.LittleEndian.AppendUint64(*w, v)
}

func (w *wire) fixed32(field int, v uint32) {
	w.tag(field, 5)
	*w = binary.LittleEndian.AppendUint32(*w, v)
}

func (w *wire) bytes(field int, b []byte) {
	w.tag(field, 2)
	*w = binary.AppendUvarint(*w, uint64(len(b)))
	*w = append(*w, b...)
}

// text writes a string, unless it is empty, which is what it is by default.
func (w *wire) text(field int, s string) {
	if s != "" {
		w.bytes(field, []byte(s))
	}
}

// encodeSpans writes an ExportTraceServiceRequest, by the numbers of
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto.
func encodeSpans(spans []*span, resource []attribute, version string) []byte {
	var about, scope, scoped, all, request wire
	encodeAttributes(&about, 1, resource)
	scope.text(1, scopeName)
	scope.text(2, version)
	scoped.bytes(1, scope)
	for _, s := range spans {
		scoped.bytes(2, encodeSpan(s))
	}
	all.bytes(1, about)
	all.bytes(2, scoped)
	request.bytes(1, all)
	return request
}

// scopeName is what made the spans.
const scopeName = "github.com/sapientsai/microsoft-mcp-server/internal/telemetry"

func encodeSpan(s *span) []byte {
	const (
		isRemoteKnown = 0x100
		isRemote      = 0x200
		failed        = 2
	)
	var w wire
	w.bytes(1, s.own.traceID[:])
	w.bytes(2, s.own.spanID[:])
	w.text(3, s.own.state)
	flags := uint32(isRemoteKnown)
	if s.parent != [8]byte{} {
		w.bytes(4, s.parent[:])
		if s.fromCaller {
			flags |= isRemote
		}
	}
	w.text(5, s.name)
	w.varint(6, uint64(s.shape.kind))
	w.fixed64(7, uint64(s.start.UnixNano()))
	w.fixed64(8, uint64(s.end.UnixNano()))
	encodeAttributes(&w, 9, s.attributes)
	if s.failed {
		var status wire
		status.varint(3, failed)
		w.bytes(15, status)
	}
	w.fixed32(16, flags|1)
	return w
}

func encodeAttributes(w *wire, field int, attributes []attribute) {
	for _, a := range attributes {
		var value, pair wire
		switch v := a.value.(type) {
		case string:
			value.bytes(1, []byte(v)) // also an empty one: without it there would be no value at all
		case int:
			value.varint(3, uint64(v))
		}
		pair.text(1, a.name)
		pair.bytes(2, value)
		w.bytes(field, pair)
	}
}
