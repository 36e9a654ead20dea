package tools_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// credentialError is an identity's, whose credential does not work, or another one of its.
type credentialError struct{ own bool }

func (*credentialError) Error() string        { return "running /opt/secrets/read: exit status 7" }
func (*credentialError) Hint() string         { return "look at /opt/secrets" }
func (*credentialError) Class() string        { return "unread" }
func (e *credentialError) OfCredential() bool { return e.own }

func TestWithhold(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("something else"), &credentialError{own: false}} {
		if got := tools.Withhold(err, "people", "r-1"); got != err {
			t.Errorf("got %v for %v", got, err)
		}
	}
	got := tools.Withhold(fmt.Errorf("getting a token: %w", &credentialError{own: true}), "people", "r-1")
	var withheld *tools.WithheldError
	if !errors.As(got, &withheld) || !strings.Contains(withheld.Hint(), "r-1") || tools.Code(fmt.Errorf("x: %w", got)) != "unread" {
		t.Errorf("got %v", got)
	}
	if text := fmt.Sprintf("%v %+v %#v %s", got, got, got, withheld.Hint()); strings.Contains(text, "/opt") || strings.Contains(text, "exit") {
		t.Errorf("it tells %s", text)
	}
	if got := tools.Withhold(&credentialError{own: true}, "people", "").(*tools.WithheldError).Hint(); strings.Contains(got, "request ID") {
		t.Errorf("got %s", got)
	}
}
