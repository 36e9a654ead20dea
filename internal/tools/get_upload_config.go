package tools

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
)

func getUploadConfig() Tool {
	return Tool{
		Name:  "get_upload_config",
		Title: "Upload link",
		Description: "A one-time link to upload a file of the client's machine to OneDrive or SharePoint, without passing its bytes through the conversation: " +
			"run the curl command of the answer where the file is. The link holds once and for ten minutes; upload_file is for short texts.",
		Parameters: []Parameter{
			pathParameter(),
			{Name: "localFile", Kind: String, MaxLength: 4096, Description: "The file's path on the client's machine, for the curl command"},
			{Name: "contentType", Kind: String, MaxLength: 255},
			conflictParameter(),
			versionParameter(),
			confirmParameter(),
		},
		Effect: Effect{Destructive: true, OpenWorld: true},
		Usable: func(p *Profile) bool { return p.Remote && p.couldUpload() },
		Call:   callGetUploadConfig,
	}
}

func callGetUploadConfig(ctx context.Context, c Call) (Result, error) {
	var args Upload
	if err := c.read(&args); err != nil {
		return Result{}, err
	}
	if c.Transfers == nil {
		return Result{}, &contentError{problem: "upload links exist only where the server is reached over HTTP", hint: "use upload_file with localFile"}
	}
	if strings.ContainsFunc(args.LocalFile, unicode.IsControl) {
		return Result{}, &ArgumentError{Parameter: "localFile", Problem: "holds a control character", Remedy: "give the file's path as it is, on one line"}
	}
	place, err := args.Place(c.Profile, c.Graph, c.Check)
	if err != nil {
		return Result{}, err
	}
	link, err := c.Transfers.Deposit(ctx, place.Deposit())
	if err != nil {
		return Result{}, err
	}
	kind := cmp.Or(args.ContentType, "application/octet-stream")
	file := cmp.Or(args.LocalFile, safeName(nameIn(args.Path)), "FILE")
	return Result{Text: string(orderedObject{{"uploadUrl", link.URL}, {"method", http.MethodPut}, {"contentType", kind},
		{"authHeader", link.Authorization}, {"curl", curlCommand(link, kind, file)},
		{"expiresAt", link.Expires.UTC().Format(time.RFC3339)}}.encode())}, nil
}

// curlCommand writes the command that uploads a file. -T sends it from the disk, and with its length; -g keeps
// curl from reading brackets in its name as a pattern.
func curlCommand(link Link, kind, file string) string {
	return fmt.Sprintf("curl -g -sS --fail-with-body -T %s -H %s -H %s %s", quoteShell(file),
		quoteShell("Authorization: "+link.Authorization), quoteShell("Content-Type: "+kind), quoteShell(link.URL))
}

// quoteShell writes a word for a POSIX shell, in which nothing between single quotes has a meaning. A name that
// begins with a hyphen or is one means something to curl, so it is written as a path.
func quoteShell(word string) string {
	if strings.HasPrefix(word, "-") || word == "." {
		word = "./" + word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
