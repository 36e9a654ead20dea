package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpu reads the processor time that the process has used, in all of its threads. The process's own clock counts in
// nanoseconds, where /proc counts in ticks of 10 ms; clock_getcpuclockid(3) makes its number so.
func (p *process) cpu() (time.Duration, error) {
	const scheduled = 2 // CPUCLOCK_SCHED
	var used unix.Timespec
	err := unix.ClockGettime(int32(^p.cmd.Process.Pid<<3|scheduled), &used)
	return time.Duration(used.Nano()), err
}
