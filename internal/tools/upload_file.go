package tools

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact"
)

func uploadFile() Tool {
	return Tool{
		Name:  "upload_file",
		Title: "Upload a file",
		Description: "Upload a file to OneDrive or SharePoint: one of this machine (localFile), of any size and type, or text (content). " +
			"Where the server is reached over HTTP, use get_upload_config for files. Never pass a file's bytes as base64.",
		Parameters: []Parameter{
			pathParameter(),
			{Name: "localFile", Kind: String, MaxLength: 4096, Description: "Path of the file on this machine, in an allowed folder"},
			{Name: "content", Kind: String, MaxLength: graph.SimpleUpload, Description: "The text, instead of localFile"},
			{Name: "contentType", Kind: String, MaxLength: 255},
			conflictParameter(),
			{Name: "ifMatch", Kind: String, MaxLength: 1024, Description: "ETag: replace the file only if it is unchanged since"},
			versionParameter(),
			confirmParameter(),
		},
		Effect:  Effect{Destructive: true, OpenWorld: true},
		Usable:  (*Profile).couldUpload,
		Timeout: transferTime,
		Call:    callUploadFile,
	}
}

// couldUpload tells whether the profile may upload small files or large ones.
func (p *Profile) couldUpload() bool {
	return p.could(http.MethodPut, "") || p.could(http.MethodPost, "/**/createUploadSession")
}

type uploadArguments struct {
	Upload
	Content *string `json:"content"`
}

func callUploadFile(ctx context.Context, c Call) (Result, error) {
	var args uploadArguments
	if err := c.read(&args); err != nil {
		return Result{}, err
	}
	if (args.LocalFile == "") == (args.Content == nil) {
		return Result{}, &ArgumentError{Parameter: "localFile", Problem: "exactly one of localFile and content is needed", Remedy: "name a file of this machine in localFile, or give text in content"}
	}
	source, size, err := args.source(c)
	if err != nil {
		return Result{}, err
	}
	defer source.Close()
	if args.ContentType == "" && args.Content != nil {
		args.ContentType = "text/plain; charset=utf-8"
	}
	t, err := args.target(c.Profile.Endpoints)
	if err != nil {
		return Result{}, err
	}
	if args.LocalFile != "" { // of a large one the requests say nothing, and of a small one the bytes alone
		t = t.each(func(r *graph.Request) *graph.Request {
			return r.WithNote(fmt.Sprintf("with the file %q of this machine, %d bytes", args.LocalFile, size))
		})
	}
	response, err := t.upload(ctx, c.Graph, graph.UploadCall{Source: source, Size: size, Progress: func(sent, total int64) {
		if total > graph.SimpleUpload {
			reportBytes(c.Progress, "uploaded", sent, total)
		}
	}})
	if err != nil {
		return Result{}, explain(ctx, c.Profile, err)
	}
	return uploaded(response, size)
}

// source opens what is to be uploaded.
func (a uploadArguments) source(c Call) (source io.ReadCloser, size int64, err error) {
	if a.Content != nil {
		return text{strings.NewReader(*a.Content)}, int64(len(*a.Content)), nil
	}
	switch {
	case c.Profile.Remote:
		return nil, 0, &ArgumentError{Parameter: "localFile", Problem: "this server runs on another machine than its client, and reads no files of its own",
			Remedy: "call get_upload_config with the same path: it gives a one-time link to upload the file to"}
	case c.Profile.Folders == nil:
		return nil, 0, &ArgumentError{Parameter: "localFile", Problem: "no folder of this machine is open to this profile",
			Remedy: "tell the person that folders in the profile, in the server's configuration, would have to name one"}
	}
	file, err := c.Profile.Folders.Open(a.LocalFile)
	if err != nil {
		return nil, 0, err
	}
	return file, file.Size(), nil
}

// text is a text to upload. It can be read from anywhere, as a file can.
type text struct{ *strings.Reader }

func (text) Close() error { return nil }

// uploaded answers with the item as it is now.
func uploaded(response *graph.Response, size int64) (Result, error) {
	if len(bytes.TrimSpace(response.Body)) == 0 {
		return Result{Text: fmt.Sprintf("done: HTTP %d %s, %s stored", response.Status, http.StatusText(response.Status), formatSize(size))}, nil
	}
	item, err := compact.JSON(response.Body, compact.Shape{})
	if err != nil {
		return Result{}, fmt.Errorf("the file is stored, but what the service answered cannot be read: %w", err)
	}
	return Result{Text: string(item)}, nil
}
