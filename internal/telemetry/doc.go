// Package telemetry says what the server does: metrics for Prometheus to fetch, and traces sent by OpenTelemetry's
// protocol to a collector. It hears of it as an observer of the other rooms, which declare what they need of one and
// do not know this package.
//
// What it tells is made of few words. The labels of a metric take values of short lists, or a bounded number of
// values, and "other" stands for all the rest (labels.go); a span has the attributes that its kind has by the table
// in events.go, whatever it was given. So nobody who calls can make a server remember or tell more than that: no
// path, no person, no query, no secret.
//
// Metrics are always kept, as they cost an addition. Traces are made only where the environment names where they
// go, by the variables that OpenTelemetry defines (environ.go).
//
// The tracer is our own and small, because the libraries cost every start of a server on a desktop, where nobody
// asks for traces: with OpenTelemetry's SDK and protobuf 0.7 ms of 9 and 1.8 MiB of 20, with the SDK alone
// 0.8 MiB. On the wire and in the environment it is what the specification says; the tests read what it sends with
// OpenTelemetry's own definitions.
package telemetry
