// Package graph speaks to Microsoft Graph and Azure Resource Manager over HTTP.
//
// A [Request] can only be made by [Endpoints.NewRequest] or [Request.Next]. Both bring the path into one
// canonical form and refuse every spelling that could lead elsewhere (other hosts, dot segments, encoded
// slashes…). What a policy judges is therefore what is sent: there is no second way to write a path.
//
// A [Client] sends requests: it asks an [Authorizer] for a token of the right audience, keeps the token on its
// own host, bounds what it reads, obeys Retry-After, and turns every refusal into an [Error] that keeps what
// Graph said. All of a client's requests pass one gate, which waits for a whole workload when Microsoft throttles it.
//
// [Batch], [Download] and [Upload] are built on [Caller], so that whoever judges a client's requests judges theirs.
package graph
