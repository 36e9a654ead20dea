//go:build (dragonfly && cgo) || (freebsd && cgo) || linux || netbsd || openbsd

package secret

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/godbus/dbus/v5"
)

// Names of the Secret Service API,
// https://specifications.freedesktop.org/secret-service/latest/.
const (
	secretsName     = "org.freedesktop.secrets"
	secretsPath     = dbus.ObjectPath("/org/freedesktop/secrets")
	loginPath       = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	secretsService  = "org.freedesktop.Secret.Service"
	secretsCollect  = "org.freedesktop.Secret.Collection"
	secretsIsLocked = "org.freedesktop.Secret.Error.IsLocked"
)

// probe learns whether go-keyring may be called. go-keyring must not find out by
// itself: without a session bus it runs dbus-launch, which leaves a bus behind
// for every call and then hangs for minutes, and with a locked keyring it waits
// for a dialog that nobody may be there to answer.
//
// A bus found here has its address in DBUS_SESSION_BUS_ADDRESS afterwards, set
// by godbus if it was not, so go-keyring finds the same one.
func probe(ctx context.Context) readiness {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return noBus(err)
	}
	defer func() { _ = conn.Close() }()
	if err = conn.Auth(nil); err == nil {
		err = conn.Hello()
	}
	switch {
	case ctx.Err() != nil:
		return silentBus()
	case err != nil:
		return noBus(err)
	}
	if r := checkService(ctx, conn.BusObject()); r.refusal != nil {
		if ctx.Err() != nil {
			return silentBus()
		}
		return r
	}
	return checkCollection(ctx, conn)
}

func noBus(err error) readiness {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" || address == "autolaunch:" {
		return readiness{
			refusal: ErrUnavailable,
			cause:   errors.New("there is no D-Bus session bus"),
			hint: "run the server inside a desktop session, or under dbus-run-session with an unlocked gnome-keyring; " +
				elsewhere,
		}
	}
	return readiness{
		refusal: ErrUnavailable,
		cause:   fmt.Errorf("connecting to the D-Bus session bus: %w", err),
		hint: "DBUS_SESSION_BUS_ADDRESS names a session bus that does not let us in: " +
			"unset it or log in again, as the user the server runs as; " + elsewhere,
	}
}

// silentBus is what there is to say of a bus that takes the connection and then
// says nothing.
func silentBus() readiness {
	return readiness{
		refusal: ErrUnavailable,
		cause:   errors.New("the D-Bus session bus took the connection and gave no answer"),
		hint: "restart the session bus, for instance by logging out and in again, or see whether " +
			"DBUS_SESSION_BUS_ADDRESS names something else; " + elsewhere,
	}
}

// checkService asks the bus, and only the bus, whether there is a Secret Service.
func checkService(ctx context.Context, bus dbus.BusObject) readiness {
	var owned bool
	err := bus.CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, secretsName).Store(&owned)
	if err != nil || owned {
		return busAnswer(err)
	}
	var names []string
	err = bus.CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&names)
	if err != nil || slices.Contains(names, secretsName) {
		return busAnswer(err)
	}
	return readiness{
		refusal: ErrUnavailable,
		cause:   errors.New("no Secret Service runs on the D-Bus session bus"),
		hint: "install and start one (gnome-keyring, or on KDE the Secret Service of KWallet), " +
			"then log in again; " + elsewhere,
	}
}

func busAnswer(err error) readiness {
	if err != nil {
		return noBus(err)
	}
	return readiness{}
}

// checkCollection looks at the collection go-keyring will use: "login" where it
// exists, else the default. Asking starts a service that the bus can activate.
func checkCollection(ctx context.Context, conn *dbus.Conn) readiness {
	path, err := collection(ctx, conn)
	if err != nil {
		return readiness{
			refusal: ErrUnavailable,
			cause:   fmt.Errorf("asking the Secret Service: %w", err),
			hint:    "restart the keyring service, for instance by logging out and in again; " + elsewhere,
		}
	}
	if path == "/" {
		return readiness{
			refusal: ErrUnavailable,
			cause:   errors.New("the Secret Service has no default keyring"),
			hint: "create one: on a desktop with Passwords and Keys (seahorse) or KWalletManager, " +
				"in a shell with " + unlockCommand + "; " + elsewhere,
		}
	}
	var locked dbus.Variant
	err = get(ctx, conn.Object(secretsName, path), secretsCollect, "Locked", &locked)
	isLocked, ok := locked.Value().(bool)
	if err != nil || !ok {
		return readiness{
			refusal: ErrUnavailable,
			cause:   errors.New("the Secret Service does not say whether its keyring is locked"),
			hint:    "restart the keyring service, for instance by logging out and in again; " + elsewhere,
		}
	}
	return lockState(isLocked)
}

// unlockCommand (for bash) works with and without a daemon that runs already,
// creates the login keyring where there is none, and does not echo.
const unlockCommand = "`read -rsp 'Keyring password: ' p; " +
	"printf %s \"$p\" | gnome-keyring-daemon --replace --unlock --components=secrets; unset p`"

func lockState(locked bool) readiness {
	switch {
	case !locked:
		return readiness{}
	case os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "":
		return readiness{
			refusal: ErrLocked,
			cause:   errors.New("there is no display to ask for its password on"),
			hint:    "unlock it: log in to the desktop, or run " + unlockCommand + "; " + elsewhere,
		}
	default:
		return readiness{
			locked:    true,
			mayPrompt: true,
			hint:      "type the keyring's password into the dialog that asks for it, then try again",
		}
	}
}

func collection(ctx context.Context, conn *dbus.Conn) (dbus.ObjectPath, error) {
	service := conn.Object(secretsName, secretsPath)
	var all dbus.Variant
	if err := get(ctx, service, secretsService, "Collections", &all); err != nil {
		return "", err
	}
	// go-keyring asserts this type and would panic.
	paths, ok := all.Value().([]dbus.ObjectPath)
	if !ok {
		return "", errors.New("its list of collections is malformed")
	}
	if slices.Contains(paths, loginPath) {
		return loginPath, nil
	}
	var path dbus.ObjectPath
	err := service.CallWithContext(ctx, secretsService+".ReadAlias", 0, "default").Store(&path)
	return path, err
}

func get(ctx context.Context, object dbus.BusObject, iface, property string, v *dbus.Variant) error {
	return object.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, iface, property).Store(v)
}

// vanished reports whether an item was found, and gone when it was looked at:
// go-keyring searches in one call and reads or deletes in the next, and another
// process may delete it in between. Asked again, it says that there is none.
func vanished(err error) bool {
	var e dbus.Error
	return errors.As(err, &e) && slices.Contains([]string{
		"org.freedesktop.DBus.Error.UnknownMethod", // as gnome-keyring says it
		"org.freedesktop.DBus.Error.UnknownObject",
		"org.freedesktop.DBus.Error.UnknownInterface",
		"org.freedesktop.Secret.Error.NoSuchObject",
	}, e.Name)
}

// reason classifies an error of go-keyring that only this system has.
func reason(err error) (hint string, kind error) {
	var e dbus.Error
	if errors.As(err, &e) && e.Name == secretsIsLocked {
		return "unlock the keyring and try again; " + elsewhere, ErrLocked
	}
	return "restart the keyring service, for instance by logging out and in again; " + elsewhere, ErrUnavailable
}
