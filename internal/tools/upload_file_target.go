package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// conflictBehaviors say what becomes of a file that has the name already; the ancestor's default comes first.
var conflictBehaviors = []string{"rename", "replace", "fail"}

const conflictOption = "@microsoft.graph.conflictBehavior"

// Upload says where a file is to go in Microsoft Graph. Its fields are the parameters of the tools that upload.
type Upload struct {
	Path             string `json:"path"`
	APIVersion       string `json:"apiVersion"`
	ContentType      string `json:"contentType"` // "": application/octet-stream
	ConflictBehavior string `json:"conflictBehavior"`
	IfMatch          string `json:"ifMatch"` // replace the file only where it still has this ETag
}

// pathParameter and the others are what the tools that upload have in common.
func pathParameter() Parameter {
	return Parameter{Name: "path", Kind: String, Required: true, MaxLength: 16 << 10,
		Description: `"/me/drive/root:/Reports/plan.docx", "/drives/{id}/items/{folder id}:/plan.docx", or "/drives/{id}/items/{id}" to replace that file`}
}

func conflictParameter() Parameter {
	return Parameter{Name: "conflictBehavior", Kind: String, Enum: conflictBehaviors, Default: conflictBehaviors[0],
		Description: "Where a file of that name exists; not for an item by ID, which is replaced"}
}

// target is where a file goes, as requests.
type target struct {
	content *graph.Request // PUT of the content
	session *graph.Request // POST that opens an upload session; nil where the path can have none
	name    string         // decoded; "" for an item by ID
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
	t := target{name: nameIn(u.Path)}
	behaviour := u.ConflictBehavior
	if behaviour == "" {
		behaviour = conflictBehaviors[0]
	}
	if u.IfMatch != "" {
		behaviour = "replace" // what else would be compared
	}
	put := graph.Params{Version: u.APIVersion, Method: http.MethodPut, Path: a.path, Header: header}
	switch {
	case a.item != "":
		put.Path = a.item + "/content"
		if a.byPath {
			put.Query = map[string]string{conflictOption: behaviour}
		}
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
		Header: sessionHeader(u.IfMatch), Body: sessionBody(a.byPath, behaviour)})
	return t, err
}

func (u Upload) header() (http.Header, error) {
	kind := u.ContentType
	if kind == "" {
		kind = "application/octet-stream"
	}
	if media, _, err := mime.ParseMediaType(kind); err != nil || !strings.Contains(media, "/") {
		return nil, &ArgumentError{Parameter: "contentType", Problem: "is not a media type", Remedy: `write one such as "application/pdf", or leave it out`}
	}
	h := http.Header{"Content-Type": {kind}}
	if u.IfMatch != "" {
		h.Set("If-Match", u.IfMatch)
	}
	return h, nil
}

// sessionHeader returns the headers of the request that opens an upload session: its body is JSON, whatever the
// file is.
func sessionHeader(ifMatch string) http.Header {
	h := http.Header{"Content-Type": {"application/json"}}
	if ifMatch != "" {
		h.Set("If-Match", ifMatch)
	}
	return h
}

func sessionBody(byPath bool, behaviour string) []byte {
	if !byPath {
		return []byte("{}")
	}
	body, err := json.Marshal(map[string]any{"item": map[string]string{conflictOption: behaviour}})
	if err != nil {
		panic(fmt.Sprintf("a session's body does not encode: %v", err)) // strings alone
	}
	return body
}

// check has the policy judge the upload before there is a file.
func (t target) check(judge func(*graph.Request) error) error {
	if judge == nil {
		return nil
	}
	if err := judge(t.content); err != nil {
		return &judgedError{err}
	}
	if t.session == nil {
		return nil
	}
	// Where a session alone is refused small files may still come; where it needs a person's agreement, that has
	// to be asked for now.
	var question interface {
		error
		Question() string
	}
	if err := judge(t.session); errors.As(err, &question) {
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

// Deposit makes the place that waits for the file. Everything but the file itself is checked now: what was asked
// for, and, where judge is not nil, whether the policy lets it through.
func (u Upload) Deposit(p *Profile, c graph.Caller, judge func(*graph.Request) error) (Deposit, error) {
	t, err := u.target(p.Endpoints)
	if err != nil {
		return Deposit{}, err
	}
	if err := t.check(judge); err != nil {
		return Deposit{}, err
	}
	query := url.Values{"path": {u.Path}}
	for name, value := range map[string]string{"apiVersion": u.APIVersion, "contentType": u.ContentType, "conflictBehavior": u.ConflictBehavior} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return Deposit{Profile: p.Name, ContentType: u.ContentType, Query: query.Encode(),
		Store: func(ctx context.Context, body io.Reader, size int64) ([]byte, error) {
			if size > graph.SimpleUpload && judge != nil && t.session != nil {
				if err := judge(t.session); err != nil {
					return nil, &judgedError{err}
				}
			}
			response, err := t.upload(ctx, c, graph.UploadCall{Source: body, Size: size})
			if err != nil {
				return nil, explain(ctx, p, err)
			}
			if len(bytes.TrimSpace(response.Body)) == 0 { // a photo, which answers with nothing
				return []byte("{}"), nil
			}
			return response.Body, nil
		}}, nil
}
