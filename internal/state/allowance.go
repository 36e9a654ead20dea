package state

import "time"

// An allowance is the generic cell rate algorithm: of each, only the time is kept until which it is spent (in
// microseconds since 1970), and who takes one moves it on by an interval. Where that would be further ahead of now than
// what may be saved up, nothing is taken. Memory computes it here and Redis in spendScript, by the same numbers.
//
// A time that is further ahead than that already was told by a clock that has been set back since, and who had to wait
// until it has caught up could do nothing for hours. All is taken for spent then, but for one.
type allowance struct {
	interval int64 // microseconds in which one grows
	saved    int64 // microseconds that may be spent ahead
}

// newAllowance takes what is below one for one: a limit of none would be a door that nobody passes, for ever.
func newAllowance(perMinute, burst int) allowance {
	interval := max(1, time.Minute.Microseconds()/int64(max(1, perMinute)))
	return allowance{interval: interval, saved: interval * int64(min(max(1, burst), 1_000_000))}
}

// spend returns the time until which all is spent when one is taken at now, or how long to wait.
func (a allowance) spend(until, now int64) (next int64, wait time.Duration) {
	if until-now > a.saved {
		until = now + a.saved - a.interval
	}
	next = max(until, now) + a.interval
	if over := next - now - a.saved; over > 0 {
		return until, time.Duration(over) * time.Microsecond
	}
	return next, 0
}

// spendScript is [allowance.spend] in one step, by the clock of Redis: those of the replicas differ. It returns the
// microseconds to wait. A number this large has to be written by %.0f: Lua would round it to 14 digits.
const spendScript = `
local interval, saved = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local spent = tonumber(redis.call('GET', KEYS[1]) or '0') or 0
if spent - now > saved then
	spent = now + saved - interval
end
local next = math.max(spent, now) + interval
local over = next - now - saved
if over > 0 then
	return over
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil((next - now) / 1000))
return 0
`
