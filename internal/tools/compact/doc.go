// Package compact writes a service's JSON small, for a model that pays for every byte: without what says nothing, lists
// in the form that costs least, all of it within bounds. It knows JSON and what Graph's means, and nothing of requests.
package compact
