package tools

import (
	"errors"
	"fmt"
	"io"
)

// progressReader reports what went through it, every few megabytes.
type progressReader struct {
	io.Reader
	report         func(done, total int, message string)
	done, total    int64 // bytes; total -1 where it is not known
	reported, next int64
	act            string
}

// progressStep is how far apart reports are.
const progressStep = 4 << 20

func (p *progressReader) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.done += int64(n)
	if p.done >= p.next+progressStep || errors.Is(err, io.EOF) && p.next > 0 && p.done > p.reported {
		p.next, p.reported = p.done, p.done
		reportBytes(p.report, p.act, p.done, p.total)
	}
	return n, err
}

// reportBytes reports in kilobytes, as an int may be of 32 bits.
func reportBytes(report func(done, total int, message string), act string, done, total int64) {
	if total < 0 {
		report(int(done>>10), 0, act+" "+formatSize(done))
		return
	}
	report(int(done>>10), int(total>>10), act+" "+formatSize(done)+" of "+formatSize(total))
}

// formatSize writes a size for people.
func formatSize(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d bytes", n)
	}
	size, unit := float64(n), ""
	for _, next := range []string{"KiB", "MiB", "GiB"} {
		if size < 1<<10 {
			break
		}
		size, unit = size/(1<<10), next
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}
