package mcp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/door"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// arrival is one upload on its way through /upload: as the ancestor's clients send it, with the API key, or with
// a one-time ticket that get_upload_config has made.
type arrival struct {
	who    door.Principal
	ticket *claim // nil: by API key
	place  *tools.Place
	in     string // the profile that it is in
	base64 bool
	body   *arriving // once it is taken in
}

// usedUp tells whether the ticket, if any, holds no more: from the body's first byte on.
func (a *arrival) usedUp() bool { return a.body != nil && a.body.begun }

// serveUpload takes a file in, and answers with the item that it has become.
func (g *generation) serveUpload(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost && r.Method != http.MethodPut {
		w.Header().Set("Allow", "POST, PUT")
		door.WriteError(w, http.StatusMethodNotAllowed, "use PUT or POST")
		return
	}
	if !g.door.AllowsNames(w, r) {
		return
	}
	if r.ContentLength > g.config.MaxUpload {
		refuseUpload(w, g.config.MaxUpload)
		return
	}
	a, ok := g.identify(w, r)
	if !ok {
		return
	}
	defer func() { // of a panic, too
		if a.ticket == nil {
			return
		}
		if a.usedUp() {
			g.transfers.drop(a.ticket)
		} else {
			g.transfers.giveBack(r.Context(), a.ticket)
		}
	}()
	if !g.door.BeginTransfer(w, r, a.who) {
		return
	}
	defer g.door.EndTransfer(a.who)
	if !g.prepare(w, r, a) {
		return
	}
	g.takeIn(w, r, a)
}

// identify finds out who sends the file: the ticket goes before a key.
func (g *generation) identify(w http.ResponseWriter, r *http.Request) (*arrival, bool) {
	for _, value := range r.Header.Values("Authorization") {
		scheme, text, _ := strings.Cut(strings.TrimSpace(value), " ")
		text = strings.TrimSpace(text)
		if !strings.EqualFold(scheme, "Bearer") || !strings.HasPrefix(text, uploadTicket) {
			continue
		}
		k, err := g.transfers.take(r.Context(), text)
		if err == nil && k.Deposit == nil {
			g.transfers.giveBack(r.Context(), k)
			err = errNoTicket
		}
		if err != nil {
			w.Header().Set("Connection", "close") // the body is not worth reading
			g.refuseClaim(w, r, err, func() { refuseUploadTicket(w) })
			return nil, false
		}
		return &arrival{who: door.Principal{Name: k.Owner}, ticket: k}, true
	}
	who, ok := g.door.LetIn(w, r)
	if !ok {
		return nil, false
	}
	if !g.door.AllowsPage(w, r) { // /mcp takes JSON alone, for which a browser asks first
		return nil, false
	}
	return &arrival{who: who}, true
}

// prepare reads the query and finds the place that waits for the file.
func (g *generation) prepare(w http.ResponseWriter, r *http.Request, a *arrival) bool {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		door.WriteError(w, http.StatusBadRequest, "the query cannot be read: encode it, such as ?path=%2Fme%2Fdrive%2Froot%3A%2Fplan.docx%3A%2Fcontent")
		return false
	}
	switch encoding := query.Get("encoding"); encoding {
	case "", "base64":
		a.base64 = encoding != ""
	default:
		door.WriteError(w, http.StatusBadRequest, `encoding: write "base64", or leave it out and send the file as it is`)
		return false
	}
	if a.ticket != nil {
		if differing := differs(query, a.ticket.Deposit.Query); differing != "" {
			door.WriteError(w, http.StatusForbidden, "this upload link is for another "+differing+": use its URL as it is")
			return false
		}
		return g.redeem(w, r, a)
	}
	served, problem, status := g.uploader(a.who, query.Get("profile"))
	if served == nil {
		door.WriteError(w, status, problem)
		return false
	}
	up := tools.Upload{Path: query.Get("path"), APIVersion: query.Get("apiVersion"), ConflictBehavior: query.Get("conflictBehavior"), ContentType: contentType(r, query, a.base64)}
	if up.Path == "" {
		door.WriteError(w, http.StatusBadRequest, "path is missing: /upload?path=/drives/{id}/root:/folder/name.ext:/content")
		return false
	}
	if !slices.Contains([]string{"", "rename", "replace", "fail"}, up.ConflictBehavior) {
		door.WriteError(w, http.StatusBadRequest, "conflictBehavior: write rename, replace or fail")
		return false
	}
	p, err := profileFor(r.Context(), a.who.Person, served)
	if err == nil {
		err = a.find(p, up, tools.Asker{Principal: a.who.Name, Tool: "upload_file", RequestID: door.RequestID(r.Context())})
	}
	if err != nil {
		g.refuseClaim(w, r, err, func() {})
		return false
	}
	return true
}

// redeem finds the place that a ticket is for.
func (g *generation) redeem(w http.ResponseWriter, r *http.Request, a *arrival) bool {
	p, err := g.actor(r.Context(), a.ticket)
	if err == nil {
		err = a.find(p, a.ticket.Deposit.Upload, a.ticket.asker(r.Context()))
	}
	if err != nil {
		w.Header().Set("Connection", "close")
		g.refuseClaim(w, r, err, func() { refuseUploadTicket(w) })
		return false
	}
	return true
}

// find finds the place that waits for the file. The policy is asked about it.
func (a *arrival) find(p *tools.Profile, up tools.Upload, asker tools.Asker) (err error) {
	a.in = p.Name
	a.place, err = up.Place(p, p.Guarded(asker), p.Judge(asker))
	return err
}

// uploader returns the profile that an upload with an API key acts as.
func (g *generation) uploader(who door.Principal, named string) (p *tools.Profile, problem string, status int) {
	able := slices.DeleteFunc(g.profilesFor(who, named), func(p *tools.Profile) bool { return !p.May("upload_file") })
	switch {
	case len(able) == 1:
		return able[0], "", 0
	case len(able) == 0 && named != "":
		return nil, "no profile of this name is served to you for uploads", http.StatusNotFound
	case len(able) == 0:
		return nil, "no profile that may upload is served to you", http.StatusForbidden
	}
	names := make([]string, len(able))
	for i, p := range able {
		names[i] = p.Name
	}
	return nil, "several profiles are served: name one with ?profile=; they are " + strings.Join(names, ", "), http.StatusBadRequest
}

// contentType is what the client says of the file: in the query, or in the header, where the header is about the
// file and not a client's default.
func contentType(r *http.Request, query url.Values, encoded bool) string {
	if kind := query.Get("contentType"); kind != "" {
		return kind
	}
	kind := r.Header.Get("Content-Type")
	if encoded || strings.HasPrefix(strings.ToLower(kind), "application/x-www-form-urlencoded") {
		return ""
	}
	return kind
}

// differs returns which of a ticket's properties a query says otherwise; "" where none.
func differs(query url.Values, bound string) string {
	want, err := url.ParseQuery(bound)
	if err != nil {
		return "file"
	}
	for _, name := range []string{"path", "apiVersion", "conflictBehavior", "contentType"} {
		for _, value := range query[name] {
			if value != want.Get(name) {
				return name
			}
		}
	}
	return ""
}

// takeIn streams the body to Microsoft.
func (g *generation) takeIn(w http.ResponseWriter, r *http.Request, a *arrival) {
	ctx, cancel := context.WithTimeout(r.Context(), transferTime)
	defer cancel()
	a.body = &arriving{body: http.MaxBytesReader(w, r.Body, g.config.MaxUpload), pace: newPace(http.NewResponseController(w).SetReadDeadline)}
	file, err := measure(r, a.body, a.base64)
	if err != nil {
		g.refuseBody(r.Context(), w, a.body, err)
		return
	}
	defer file.close()
	item, err := a.place.Store(ctx, file.source(), file.size)
	if err != nil {
		status := g.refuseBody(r.Context(), w, a.body, err) // logged without the error, which would name the file
		g.config.Log.WarnContext(ctx, "upload failed", "profile", a.in, "principal", a.who.Name, "status", status)
		return
	}
	g.config.Log.InfoContext(ctx, "upload", "profile", a.in, "principal", a.who.Name, "bytes", file.size)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(item) // a client that is gone needs no answer
}

// refuseBody answers an upload that did not come to its end: by the client's fault, by ours, or by Microsoft's
// refusal.
func (g *generation) refuseBody(ctx context.Context, w http.ResponseWriter, body *arriving, err error) (status int) {
	status = tools.StatusOf(err)
	var tooLarge *http.MaxBytesError
	var refusal *bodyError
	switch {
	case errors.As(body.err, &tooLarge):
		refuseUpload(w, g.config.MaxUpload)
		return http.StatusRequestEntityTooLarge
	case errors.As(err, &refusal):
		status = refusal.status
	case body.failed():
		status, err = http.StatusBadRequest, errors.New("the file did not arrive whole and in time")
	}
	if status == http.StatusBadGateway && isQuestion(err) {
		status = http.StatusForbidden
	}
	refuseTransfer(ctx, w, status, err)
	return status
}

// isQuestion tells whether a call was not sent because a person has to agree, whom nobody can ask here.
func isQuestion(err error) bool {
	var question confirmable
	return errors.As(err, &question)
}

func refuseUploadTicket(w http.ResponseWriter) {
	refuseUnknown(w, "this upload link was used, is older than "+minutes(ticketLife)+", or never was: call get_upload_config for a new one")
}

func refuseUnknown(w http.ResponseWriter, message string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="`+Name+`"`)
	w.Header().Set("Connection", "close") // the body is not worth reading
	door.WriteError(w, http.StatusUnauthorized, message)
}

func refuseUpload(w http.ResponseWriter, most int64) {
	w.Header().Set("Connection", "close")
	door.WriteError(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the file is larger than %d bytes (max_upload in the configuration's [http])", most))
}
