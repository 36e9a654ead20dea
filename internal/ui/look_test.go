package ui_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/sandboxtest"
)

// A real browser opens every page, in light and dark, wide and narrow, with the mouse and by keys.
func TestPagesLook(t *testing.T) {
	t.Parallel()
	eye := sandboxtest.OpenEye(t)
	o := &office{}
	d := open(t, o, time.Hour)
	eye.Visit(t, d.address)
	eye.Until(t, `document.title.startsWith("Overview")`)
	eye.Examine(t, "dashboard overview")
	o.change(func() { o.signedIn = true })
	eye.Visit(t, d.base)
	eye.Examine(t, "dashboard overview signed in")
	for _, page := range []string{"calls", "calls?by=day", "policy", "clients"} {
		eye.Visit(t, d.base+page)
		eye.Examine(t, "dashboard "+strings.ReplaceAll(page, "?by=", " by "))
	}
	eye.Click(t, `form[action="clients"] button:not(.quiet)`)
	eye.Examine(t, "dashboard client change")
	eye.Click(t, "main button")
	eye.Examine(t, "dashboard client written")
	eye.Visit(t, d.base+"policy")
	eye.Type(t, "#path", "/security/alerts\r")
	eye.Until(t, `document.getElementById("verdict") !== null`)
	eye.Examine(t, "dashboard policy answer")
	eye.Visit(t, d.base+"policy")
	eye.Type(t, "#path", "security\r")
	eye.Until(t, `document.getElementById("answer") !== null`)
	eye.Examine(t, "dashboard policy mistake")
	o.change(func() { o.empty = true })
	for _, page := range []string{"", "calls"} {
		eye.Visit(t, d.base+page)
		eye.Examine(t, "dashboard empty "+page)
	}
	if hosts := eye.Hosts(); !slices.Equal(hosts, []string{d.host}) {
		t.Errorf("asked were %q", hosts)
	}
}

// The page of a sign-in notices by itself that it has ended.
func TestSignInLooks(t *testing.T) {
	t.Parallel()
	eye := sandboxtest.OpenEye(t)
	microsoft := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<title>Microsoft</title>"))
	}))
	defer microsoft.Close()
	o := &office{page: strings.Replace(microsoft.URL, "127.0.0.1", "localhost", 1) + "/start/x"}
	d := open(t, o, time.Hour)
	eye.Visit(t, d.address)
	eye.Until(t, `document.title.startsWith("Overview")`)
	eye.Click(t, `form[action="sign-in"] button`)
	eye.Examine(t, "dashboard sign-in waiting")
	o.answer <- errors.New("the person cancelled the sign-in to profile contoso, or declined to consent")
	eye.Until(t, `document.title.startsWith("The sign-in did not work")`)
	eye.Examine(t, "dashboard sign-in failed")
	o.change(func() { o.page, o.code = "https://microsoft.com/devicelogin", "ABCD-EFGH" })
	eye.Click(t, "main button")
	eye.Examine(t, "dashboard sign-in code")
	o.answer <- nil
	eye.Until(t, `document.title.startsWith("Signed in")`)
	eye.Examine(t, "dashboard sign-in done")
	if hosts := eye.Hosts(); !slices.Equal(hosts, []string{d.host}) {
		t.Errorf("asked were %q", hosts)
	}
}

// Who does not come in is told so in the same looks.
func TestRefusalLooks(t *testing.T) {
	t.Parallel()
	eye := sandboxtest.OpenEye(t)
	d := open(t, &office{}, time.Hour)
	eye.Visit(t, d.base)
	eye.Until(t, `document.title.startsWith("This browser is not known")`)
	eye.Clear()
	eye.Examine(t, "dashboard refused")
}
