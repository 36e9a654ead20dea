package entra

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/secret/vaulttest"
)

// checkSecrecy looks for every secret and token of the test in everything that
// could be printed: errors, the log, the app and its configuration.
func (f *fixture) checkSecrecy() {
	f.wire.mu.Lock()
	defer f.wire.mu.Unlock()
	hidden := append(f.wire.tokens, f.tenant.ClientSecret(), f.source.text.Reveal())
	for _, form := range f.wire.forms {
		hidden = append(hidden, form.Get("client_secret"), form.Get("client_assertion"))
	}
	places := map[string]string{"the log": f.log.String()}
	for i, e := range f.wire.errs {
		text := fmt.Sprintf("%v %+v %#v %+v %#v %s", e, e, e, *e, *e, e.Hint())
		for err := error(e); err != nil; err = errors.Unwrap(err) {
			text += fmt.Sprintf(" %v %+v %#v", err, err, err)
		}
		places[fmt.Sprintf("error %d", i)] = text + strings.Join(stringsIn(e), " ")
	}
	f.mu.Lock()
	places["the app"] = fmt.Sprintf("%v %+v %#v %s", f.App, f.App, f.App, f.App) + strings.Join(stringsIn(f.App), " ")
	f.mu.Unlock()
	places["the configuration"] = fmt.Sprintf("%v %+v %#v", f.config, f.config, f.config) + strings.Join(stringsIn(f.config), " ")
	for place, text := range places {
		for _, s := range hidden {
			if s != "" && strings.Contains(text, s) {
				f.t.Errorf("%s shows a secret or a token", place)
			}
		}
	}
}

// stringsIn returns every string that can be reached from v, in unexported fields
// too, except through what is a test's own: the HTTP client, the log, the vault.
func stringsIn(v any) []string {
	var found []string
	seen := map[uintptr]bool{}
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		if v.IsValid() && isForeign(v.Type()) {
			return
		}
		switch v.Kind() {
		case reflect.String:
			found = append(found, v.String())
		case reflect.Pointer:
			if v.IsNil() || seen[v.Pointer()] {
				return
			}
			seen[v.Pointer()] = true
			walk(v.Elem())
		case reflect.Interface:
			walk(v.Elem())
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		case reflect.Map:
			for _, key := range v.MapKeys() {
				walk(key)
				walk(v.MapIndex(key))
			}
		}
	}
	walk(reflect.ValueOf(v))
	return found
}

func isForeign(t reflect.Type) bool {
	return slices.Contains([]reflect.Type{reflect.TypeFor[sync.WaitGroup](), reflect.TypeFor[*http.Client](), reflect.TypeFor[*slog.Logger](),
		reflect.TypeFor[*time.Location](), reflect.TypeFor[*vaulttest.Memory]()}, t)
}

func TestWalkerFindsHeldText(t *testing.T) {
	t.Parallel()
	type holder struct {
		inner map[string]*struct{ text string }
	}
	held := holder{inner: map[string]*struct{ text string }{"a": {text: "needle"}}}
	if got := strings.Join(stringsIn(held), " "); !strings.Contains(got, "needle") {
		t.Errorf("the walker found %q, want needle", got)
	}
}
