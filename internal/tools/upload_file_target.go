package tools

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

// conflictBehaviors say what becomes of a file that has the name already; the ancestor's default comes first. What is
// not addressed by its name is replaced.
var conflictBehaviors = []string{"rename", replace, "fail"}

const replace = "replace"

const conflictOption = "@microsoft.graph.conflictBehavior"

// Upload says where a file is to go in Microsoft Graph. Its fields are the parameters of the tools that upload.
type Upload struct {
	Path             string `json:"path"`
	APIVersion       string `json:"apiVersion"`
	ContentType      string `json:"contentType"`      // "": application/octet-stream
	ConflictBehavior string `json:"conflictBehavior"` // "": what is usual for the path
	IfMatch          string `json:"ifMatch"`          // replace the file only where it still has this ETag
	LocalFile        string `json:"localFile"`        // its name where it comes from, on this machine or the client's
}

// pathParameter and the others are what the tools that upload have in common.
func pathParameter() Parameter {
	return Parameter{Name: "path", Kind: String, Required: true, MaxLength: 16 << 10,
		Description: `"/me/drive/root:/Reports/plan.docx", "/drives/{id}/items/{folder id}:/plan.docx", or "/drives/{id}/items/{id}" to replace that file`}
}

func conflictParameter() Parameter {
	return Parameter{Name: "conflictBehavior", Kind: String, Enum: conflictBehaviors,
		Description: "Where a file of that name exists. Default rename; an item by ID is always replaced"}
}

// target is where a file goes, as requests.
type target struct {
	content   *graph.Request // PUT of the content
	session   *graph.Request // POST that opens an upload session; nil where the path can have none
	behaviour string         // where a file of that name exists; "" where the path has none
}

// target checks what was asked for.
func (u Upload) target(e graph.Endpoints) (target, error) {
	a := readAddress(u.Path)
	if a.query != "" {
		return target{}, &ArgumentError{Parameter: "path", Problem: "has a query", Remedy: "leave it out: conflictBehavior is a parameter"}
	}
	header, err := u.header()
	if err != nil {
		return target{}, err
	}
	var t target
	if t.behaviour, err = u.behaviour(a); err != nil {
		return target{}, err
	}
	put := graph.Params{Version: u.APIVersion, Method: http.MethodPut, Path: a.path, Header: header}
	if t.behaviour != "" {
		put.Query = map[string]string{conflictOption: t.behaviour}
	}
	switch {
	case a.item != "":
		put.Path = a.item + "/content"
	case a.leads == "photo":
		put.Path += "/$value"
	case a.leads != "content" && a.leads != "$value":
		return target{}, &ArgumentError{Parameter: "path", Problem: "does not name a file",
			Remedy: `write it as "/me/drive/root:/folder/name.ext" or "/drives/{drive id}/items/{item id}"; of a folder by ID, "/drives/{drive id}/items/{folder id}:/name.ext"`}
	}
	if t.content, err = e.NewRequest(put); err != nil {
		return target{}, err
	}
	if a.item == "" {
		return t, nil
	}
	t.session, err = e.NewRequest(graph.Params{Version: u.APIVersion, Method: http.MethodPost, Path: a.item + "/createUploadSession",
		Header: sessionHeader(u.IfMatch), Body: sessionBody(t.behaviour)})
	return t, err
}

// behaviour is what Graph is told about a file of the name that exists already; "" where it would not listen.
func (u Upload) behaviour(a address) (string, error) {
	asked := u.ConflictBehavior
	refuse := func(why, remedy string) (string, error) {
		return "", &ArgumentError{Parameter: "conflictBehavior", Problem: fmt.Sprintf("%q cannot be kept: %s", asked, why), Remedy: remedy}
	}
	switch named := a.byPath || a.child; {
	case u.IfMatch != "" && asked != "" && asked != replace:
		return refuse("ifMatch replaces a file that exists", "leave one of the two out")
	case !named && asked != "" && asked != replace:
		return refuse("the path names no file in a folder, and what is there is replaced",
			`leave it out to replace that, or name the new file: "/drives/{id}/items/{folder id}:/plan.docx"`)
	case !named:
		return "", nil
	case u.IfMatch != "":
		return replace, nil // what else would be compared
	}
	return cmp.Or(asked, conflictBehaviors[0]), nil
}

func (u Upload) header() (http.Header, error) {
	kind := u.kind()
	if media, _, err := mime.ParseMediaType(kind); err != nil || !strings.Contains(media, "/") {
		return nil, &ArgumentError{Parameter: "contentType", Problem: "is not a media type", Remedy: `write one such as "application/pdf", or leave it out`}
	}
	h := http.Header{"Content-Type": {kind}}
	if u.IfMatch != "" {
		h.Set("If-Match", u.IfMatch)
	}
	return h, nil
}

func (u Upload) kind() string { return cmp.Or(u.ContentType, "application/octet-stream") }

// sessionHeader returns the headers of the request that opens an upload session: its body is JSON, whatever the
// file is.
func sessionHeader(ifMatch string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	if ifMatch != "" {
		h.Set("If-Match", ifMatch)
	}
	return h
}

func sessionBody(behaviour string) []byte {
	if behaviour == "" {
		return []byte("{}")
	}
	body, err := json.Marshal(map[string]any{"item": map[string]string{conflictOption: behaviour}})
	if err != nil {
		panic(fmt.Sprintf("a session's body does not encode: %v", err)) // strings alone
	}
	return body
}

// each changes both requests.
func (t target) each(change func(*graph.Request) *graph.Request) target {
	t.content = change(t.content)
	if t.session != nil {
		t.session = change(t.session)
	}
	return t
}

// check has the policy judge the upload before there is a file. Where a session alone is refused small files may
// still come; where it needs a person's agreement, that has to be asked for now.
func (t target) check(judge Judge) error {
	if judge == nil {
		return nil
	}
	var instead []*graph.Request
	if t.session != nil {
		instead = append(instead, t.session)
	}
	if err := judge(t.content, instead...); err != nil {
		return &judgedError{err}
	}
	return nil
}

// upload stores u's source.
func (t target) upload(ctx context.Context, c graph.Caller, u graph.UploadCall) (*graph.Response, error) {
	if u.Size > graph.SimpleUpload && t.session == nil {
		return nil, &ArgumentError{Parameter: "path", Problem: fmt.Sprintf("takes at most %s, as it is no item of a drive", formatSize(graph.SimpleUpload)), Remedy: "upload the file to a drive"}
	}
	u.Content, u.Session = t.content, t.session
	return graph.Upload(ctx, c, u)
}

// Place waits for a file, which it stores.
type Place struct {
	upload  Upload
	profile *Profile
	caller  graph.Caller
	judge   Judge
	target  target
}

// Place makes the place that waits for the file. Everything but the file itself is checked now: what was asked
// for, and, where judge is not nil, whether the policy lets it through. A person agrees to the place alone, and is
// told so.
func (u Upload) Place(p *Profile, c graph.Caller, judge Judge) (*Place, error) {
	t, err := u.target(p.Endpoints)
	if err != nil {
		return nil, err
	}
	t = t.each(func(r *graph.Request) *graph.Request { return r.WithNote(u.laterNote()) })
	t.content = t.content.Awaiting()
	if err := t.check(judge); err != nil {
		return nil, err
	}
	return &Place{upload: u, profile: p, caller: c, judge: judge, target: t}, nil
}

// Deposit is the place as data.
func (p *Place) Deposit() Deposit {
	query := url.Values{"path": {p.upload.Path}}
	for name, value := range map[string]string{"apiVersion": p.upload.APIVersion, "contentType": p.upload.ContentType, "conflictBehavior": p.target.behaviour} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return Deposit{Profile: p.profile.Name, Upload: p.upload, Query: query.Encode()}
}

// Store takes the file over, which has exactly size bytes, and returns the JSON of what came of it.
func (p *Place) Store(ctx context.Context, body io.Reader, size int64) ([]byte, error) {
	if size > graph.SimpleUpload && p.judge != nil && p.target.session != nil {
		if err := p.judge(p.target.session); err != nil {
			return nil, &judgedError{err}
		}
	}
	response, err := p.target.upload(ctx, p.caller, graph.UploadCall{Source: body, Size: size})
	if err != nil {
		return nil, explain(ctx, p.profile, err)
	}
	return publicItem(response.Body), nil
}

// laterNote tells a person what they cannot be shown.
func (u Upload) laterNote() string {
	note := fmt.Sprintf("with a file of the type %q that comes later, by a one-time link: what is in it is not part of this question", u.kind())
	if u.LocalFile != "" {
		note += fmt.Sprintf("; it is to be %q of the client's machine", u.LocalFile)
	}
	return note
}

// publicItem is the item as the service answered it, without the addresses that let anybody download it. The file
// is stored, whatever the answer: that of a photo is nothing.
func publicItem(body []byte) []byte {
	item, err := compact.JSON(body, compact.Shape{Raw: true, NoLinks: true})
	if err != nil {
		return []byte("{}")
	}
	return item
}
