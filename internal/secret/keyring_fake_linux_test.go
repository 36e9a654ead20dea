package secret_test

import (
	"testing"

	"github.com/godbus/dbus/v5"
)

const (
	secretsPath = dbus.ObjectPath("/org/freedesktop/secrets")
	loginPath   = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	promptPath  = dbus.ObjectPath("/org/freedesktop/secrets/prompt/1")
)

// fakeService puts a Secret Service on the bus that says collections of its
// collections, is locked, and calls prompt when it is to open a dialog, which
// then nobody ever answers.
func fakeService(t *testing.T, address string, collections any, prompt func(*dbus.Conn)) {
	t.Helper()
	conn := connect(t, address)
	property := func(v any) map[string]any {
		return map[string]any{"Get": func(_, _ string) (dbus.Variant, *dbus.Error) { return dbus.MakeVariant(v), nil }}
	}
	for _, object := range []struct {
		methods map[string]any
		path    dbus.ObjectPath
		iface   string
	}{
		{property(collections), secretsPath, "org.freedesktop.DBus.Properties"},
		{property(true), loginPath, "org.freedesktop.DBus.Properties"},
		{map[string]any{
			"Unlock": func([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
				return nil, promptPath, nil
			},
		}, secretsPath, "org.freedesktop.Secret.Service"},
		{map[string]any{
			"Prompt": func(string) *dbus.Error { prompt(conn); return nil },
		}, promptPath, "org.freedesktop.Secret.Prompt"},
	} {
		if err := conn.ExportMethodTable(object.methods, object.path, object.iface); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
}

// whenOpen returns a prompt for fakeService, and what says that it was called.
func whenOpen() (prompt func(*dbus.Conn), prompted <-chan struct{}) {
	open := make(chan struct{}, 8)
	return func(*dbus.Conn) { open <- struct{}{} }, open
}

func TestKeyringWhoseDialogNobodyAnswers(t *testing.T) {
	t.Parallel()
	address, _ := bus(t)
	prompt, prompted := whenOpen()
	fakeService(t, address, []dbus.ObjectPath{loginPath}, prompt)
	a := ask(t, "DBUS_SESSION_BUS_ADDRESS="+address, "DISPLAY=:99")
	<-prompted
	_ = a.cancel.Close()
	a.want(t, "cancelled")
}

// go-keyring may panic here; the process must live on.
func TestKeyringWhoseBusDiesBehindTheDialog(t *testing.T) {
	t.Parallel()
	address, kill := bus(t)
	prompt, prompted := whenOpen()
	fakeService(t, address, []dbus.ObjectPath{loginPath}, prompt)
	a := ask(t, "DBUS_SESSION_BUS_ADDRESS="+address, "DISPLAY=:99")
	<-prompted
	kill()
	a.want(t, "locked")
}

// It panics here for certain,
func TestKeyringWhoseDialogAnswersNonsense(t *testing.T) {
	t.Parallel()
	address, _ := bus(t)
	fakeService(t, address, []dbus.ObjectPath{loginPath}, func(conn *dbus.Conn) {
		if err := conn.Emit(promptPath, "org.freedesktop.Secret.Prompt.Completed"); err != nil {
			t.Error(err)
		}
	})
	ask(t, "DBUS_SESSION_BUS_ADDRESS="+address, "DISPLAY=:99").
		want(t, "locked", "the keyring broke off the call")
}

// and would here, were it called.
func TestKeyringThatBreaksTheProtocol(t *testing.T) {
	t.Parallel()
	address, _ := bus(t)
	prompt, _ := whenOpen()
	fakeService(t, address, "no list of paths", prompt)
	ask(t, "DBUS_SESSION_BUS_ADDRESS="+address, "DISPLAY=:99").
		want(t, "unavailable", "malformed")
}
