package telemetry

import (
	"encoding/binary"
	"math"
	"strconv"
)

// sampler decides which traces are recorded.
type sampler struct {
	follows bool   // what the caller decided counts
	below   uint64 // of the 63 bits of a trace's ID that decide; those from here on are not recorded
}

const everything = 1 << 63

// sampled decides for a span. The share of a ratio is taken by the trace's ID alone, so that all who see the trace
// decide alike.
func (s sampler) sampled(parent trace, ok bool, id [16]byte) bool {
	if ok && s.follows {
		return parent.sampled
	}
	return binary.BigEndian.Uint64(id[8:])>>1 < s.below
}

const samplers = "always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off or parentbased_traceidratio"

func readSampler(e environ) (sampler, error) {
	const variable = "OTEL_TRACES_SAMPLER"
	switch name := e.get(variable); name {
	case "", "parentbased_always_on":
		return sampler{follows: true, below: everything}, nil
	case "always_on":
		return sampler{below: everything}, nil
	case "always_off":
		return sampler{}, nil
	case "parentbased_always_off":
		return sampler{follows: true}, nil
	case "traceidratio", "parentbased_traceidratio":
		ratio, err := readRatio(e)
		return sampler{follows: name != "traceidratio", below: uint64(math.Round(ratio * everything))}, err
	default:
		return sampler{}, &SettingError{Variable: variable, Problem: strconv.Quote(clip(name)) + " is not a sampler known here", Remedy: "use " + samplers}
	}
}

func readRatio(e environ) (float64, error) {
	const variable = "OTEL_TRACES_SAMPLER_ARG"
	text := e.get(variable)
	if text == "" {
		return 1, nil
	}
	ratio, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) {
		return 0, &SettingError{Variable: variable, Problem: strconv.Quote(clip(text)) + " is not a share", Remedy: "use a number from 0 to 1, such as 0.1"}
	}
	return ratio, nil
}
