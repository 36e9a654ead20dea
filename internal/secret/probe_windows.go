package secret

import (
	"context"
	"errors"
	"syscall"
)

// probe lets every call pass: the Credential Manager is open while its user is
// logged in and never prompts.
func probe(context.Context) readiness { return readiness{} }

// reason classifies an error of the Credential Manager (CredReadW, CredWriteW).
func reason(err error) (hint string, kind error) {
	const noSuchLogonSession = syscall.Errno(1312) // ERROR_NO_SUCH_LOGON_SESSION
	if errors.Is(err, noSuchLogonSession) {
		return "this logon has no Credential Manager (a service, a network logon): " +
			"run as a user who is logged in, " + elsewhere, ErrUnavailable
	}
	return "check that the service Credential Manager (VaultSvc) runs; " + elsewhere, ErrUnavailable
}

// vanished: a call here is one step.
func vanished(error) bool { return false }
