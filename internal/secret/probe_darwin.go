package secret

import (
	"context"
	"errors"
	"os/exec"
)

// probe lets every call pass: the security tool prompts on its own, and a
// session that cannot prompt is refused by it at once.
func probe(context.Context) readiness {
	return readiness{
		mayPrompt: true,
		hint:      "answer the dialog of the Keychain, then try again; " + elsewhere,
	}
}

// reason classifies by the exit status of the security tool, which is the last
// byte of the OSStatus (Security framework, SecBase.h).
func reason(err error) (hint string, kind error) {
	const (
		interactionNotAllowed = 36  // errSecInteractionNotAllowed, -25308
		authFailed            = 51  // errSecAuthFailed, -25293
		userCanceled          = 128 // errSecUserCanceled, -128
	)
	var e *exec.ExitError
	if errors.As(err, &e) {
		switch e.ExitCode() {
		case interactionNotAllowed, authFailed, userCanceled:
			return "run: security unlock-keychain, then try again; " + elsewhere, ErrLocked
		}
	}
	return "check the login keychain in Keychain Access; " + elsewhere, ErrUnavailable
}

// vanished: a call here is one step.
func vanished(error) bool { return false }
