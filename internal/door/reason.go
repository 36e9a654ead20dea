package door

import "net/http"

// Why requests are refused, as the observer counts it. There are few kinds.
const (
	reasonNone        = "none"  // nothing was shown, as by a client that is about to sign in
	reasonKey         = "key"   // no key of this server
	reasonToken       = "token" // no good token
	reasonSlowed      = "slowed"
	reasonHost        = "host"
	reasonOrigin      = "origin"
	reasonRate        = "rate"
	reasonBusy        = "busy"
	reasonBody        = "body"
	reasonMemory      = "memory"
	reasonUnavailable = "unavailable"
)

// What the log says in more words than the counts.
const (
	logNobody  = "nobody may"
	logNone    = reasonNone
	logExpired = "key expired"
	logRevoked = "key revoked"
	logSlowed  = "slowed down"
)

// Reasons are the reasons that [Observer.Count] is told of refused requests.
func Reasons() []string {
	return []string{reasonNone, reasonKey, reasonToken, reasonSlowed, reasonHost, reasonOrigin, reasonRate, reasonBusy, reasonBody, reasonMemory, reasonUnavailable}
}

// counted is a refusal's reason as the counts have it.
func counted(no *refusal) string {
	switch {
	case no.status == http.StatusServiceUnavailable:
		return reasonUnavailable
	case no.status == http.StatusTooManyRequests:
		return reasonSlowed
	case no.reason == reasonToken, no.reason == reasonNone:
		return no.reason
	}
	return reasonKey
}
