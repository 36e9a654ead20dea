package tools

import "errors"

// WithheldError stands for what is wrong with the server itself, before those who can neither mend it nor have to see it.
type WithheldError struct {
	Profile   string
	RequestID string // by which whoever runs the server finds it; "" where there is none
	code      string
}

// Withhold returns err as somebody may see it who uses a server that others run. What is wrong with the server's own
// credential is theirs: the error may name files, programs and variables.
func Withhold(err error, profile, requestID string) error {
	var own interface{ OfCredential() bool }
	if !errors.As(err, &own) || !own.OfCredential() {
		return err
	}
	return &WithheldError{Profile: profile, RequestID: requestID, code: Code(err)}
}

// Error says what does not work.
func (e *WithheldError) Error() string {
	if e.Profile == "" {
		return "this server's own access to Microsoft does not work at the moment"
	}
	return "this server's own access to Microsoft does not work for profile " + e.Profile + " at the moment"
}

// Hint says who can help.
func (e *WithheldError) Hint() string {
	if e.RequestID == "" {
		return "tell whoever runs this server; its log says why"
	}
	return "tell whoever runs this server, with the request ID " + e.RequestID + "; its log says why"
}

// Class is the code of what is withheld, for logs.
func (e *WithheldError) Class() string { return e.code }
