package tools

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/document"
	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Bounds of read_document.
const (
	maxDocument      = 50 << 20 // bytes of a file, which is read whole
	defaultReadChars = 50_000
	maxReadChars     = 200_000
	maxReadings      = 3 // files whose text is taken out at once
)

func readDocument() Tool {
	turns := make(chan struct{}, maxReadings)
	return Tool{
		Name:  "read_document",
		Title: "Read a document",
		Description: `Read the text of a file, an attachment or a message: docx, pptx, xlsx, pdf, html, eml, msg, csv, rtf and plain text, as Markdown. ` +
			`Long documents come in parts: ask for the next with page. Pictures and archives are for download_file.`,
		Parameters: []Parameter{
			{Name: "path", Kind: String, Required: true, MaxLength: 16 << 10,
				Description: `"/drives/{id}/items/{id}", "/drives/{id}/root:/Reports/plan.docx", "…/messages/{id}", "…/messages/{id}/attachments/{id}"; /content or /$value is added where it is missing`},
			versionParameter(),
			{Name: "format", Kind: String, Enum: []string{"pdf", "html"}, Description: `Have Graph convert the file first: "pdf" makes doc, xls, ppt, odt and others readable`},
			{Name: "maxChars", Kind: Integer, Min: minMaxChars, Max: maxReadChars, Default: defaultReadChars, Description: "Characters a part"},
			{Name: "page", Kind: Integer, Min: 1, Max: 100_000, Default: 1, Description: "Which part, with the same maxChars"},
		},
		Effect: Effect{ReadOnly: true, Idempotent: true, OpenWorld: true},
		Usable: func(p *Profile) bool { return p.could(http.MethodGet, "") },
		Call:   func(ctx context.Context, c Call) (Result, error) { return callReadDocument(ctx, c, turns) },
	}
}

type readArguments struct {
	Path       string `json:"path"`
	APIVersion string `json:"apiVersion"`
	Format     string `json:"format"`
	MaxChars   int    `json:"maxChars"`
	Page       int    `json:"page"`
}

func callReadDocument(ctx context.Context, c Call, turns chan struct{}) (Result, error) {
	var args readArguments
	if err := c.read(&args); err != nil {
		return Result{}, err
	}
	content, err := documentPath(args.Path)
	if err != nil {
		return Result{}, err
	}
	p := graph.Params{Version: args.APIVersion, Path: content}
	if args.Format != "" {
		p.Query = map[string]string{"format": args.Format}
	}
	request, err := c.Profile.Endpoints.NewRequest(p)
	if err != nil {
		return Result{}, err
	}
	file, err := graph.Download(ctx, c.Graph, request)
	if err != nil {
		return Result{}, explain(ctx, c.Profile, explainConversion(err, args.Format))
	}
	defer file.Close()
	f := document.File{Name: documentName(args, file, request), ContentType: file.ContentType}
	shown := cmp.Or(f.Name, "the file")
	if f.Data, err = readFile(c, file, shown); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return Result{}, err
	}
	// A file may hold a few hundred megabytes while its text is taken out; the network has no part in it.
	select {
	case turns <- struct{}{}:
		defer func() { <-turns }()
	case <-ctx.Done():
		return Result{}, context.Cause(ctx)
	}
	text, err := document.Extract(ctx, f)
	switch {
	case err != nil && ctx.Err() != nil:
		return Result{}, context.Cause(ctx)
	case err != nil:
		return Result{}, unreadable(shown, err)
	}
	return documentPart(text, args, documentHead(f))
}

// documentHead says which file it is, as far as its name is known.
func documentHead(f document.File) string {
	size := formatSize(int64(len(f.Data)))
	if f.Name == "" {
		return "File of " + size
	}
	return "File: " + f.Name + " (" + size + ")"
}

// documentPath returns the path of a file's content.
func documentPath(given string) (string, error) {
	a := readAddress(given)
	if strings.Contains(strings.ToLower(a.path), "/onenote/") && a.above == "pages" {
		return a.path + "/content" + a.query, nil
	}
	content := contentPath(given)
	if content == given && a.leads != "content" && a.leads != "$value" {
		remedy := `give /drives/{driveId}/items/{id} as sharepoint_search returns them, …/drive/root:/folder/name, …/messages/{id} or …/messages/{id}/attachments/{id}`
		if strings.Contains(given, ".sharepoint.com") {
			remedy = "a web address is none of Graph's paths: find the file with sharepoint_search, and " + remedy
		}
		return "", &ArgumentError{Parameter: "path", Problem: "does not lead to a file, an attachment or a message", Remedy: remedy}
	}
	return content, nil
}

// documentName picks the name: the service's, that in the path, one that says what it is; "" where nothing says it.
func documentName(args readArguments, file *graph.File, request *graph.Request) string {
	name := safeName(file.Name)
	if name == "" {
		if name = safeName(nameIn(args.Path)); name != "" && args.Format != "" {
			stem, _ := cutExtension(name)
			name = stem + "." + args.Format
		}
	}
	if name != "" {
		return name
	}
	segments := request.Readings()[0]
	if len(segments) > 2 && segments[len(segments)-3] == "messages" {
		return "message.eml"
	}
	return ""
}

// readFile reads the file whole, within bounds. What is known to hold no text is not read at all.
func readFile(c Call, file *graph.File, name string) ([]byte, error) {
	media, _, err := mime.ParseMediaType(file.ContentType)
	if err != nil {
		media = ""
	}
	switch kind, _, _ := strings.Cut(media, "/"); {
	case kind == "audio", kind == "video", kind == "image" && media != "image/svg+xml":
		return nil, &contentError{problem: fmt.Sprintf("%s is %s, which holds no text to read", name, media),
			hint: "use download_file, which shows pictures and saves all else"}
	case file.Size > maxDocument:
		return nil, tooLarge(name, formatSize(file.Size))
	}
	var content bytes.Buffer
	if file.Size > 0 {
		content.Grow(int(file.Size) + bytes.MinRead)
	}
	body := &progressReader{Reader: io.LimitReader(file, maxDocument+1), report: c.Progress, act: "downloading " + name, total: file.Size}
	if _, err := content.ReadFrom(body); err != nil {
		return nil, err
	}
	if content.Len() > maxDocument {
		return nil, tooLarge(name, "more than "+formatSize(maxDocument))
	}
	return content.Bytes(), nil
}

func tooLarge(name, size string) error {
	hint := "use download_file to get the file itself"
	if strings.HasPrefix(strings.ToLower(path.Ext(name)), ".xls") {
		hint = "read cells with microsoft_graph, path …/workbook/worksheets/{name}/usedRange; or " + hint
	}
	return &contentError{problem: fmt.Sprintf("%s is %s; at most %s are read", name, size, formatSize(maxDocument)), hint: hint}
}

// explainConversion says what to do where Graph does not convert the file.
func explainConversion(err error, format string) error {
	var refusal *graph.Error
	if format == "" || !errors.As(err, &refusal) || refusal.Status != http.StatusNotAcceptable && refusal.Status != http.StatusBadRequest && refusal.Status != http.StatusUnsupportedMediaType {
		return err
	}
	return &contentError{problem: err.Error(), hint: "Graph does not convert this file to " + format + ": leave format out to read it as it is"}
}

// unreadable says of which file there is no text, and which tool takes it instead.
func unreadable(name string, err error) error {
	var failed *document.Error
	if !errors.As(err, &failed) {
		return fmt.Errorf("%s: %w", name, err)
	}
	hint := failed.Hint()
	if failed.Kind == document.Unsupported {
		hint = "use download_file to get the file itself"
	}
	return &contentError{problem: name + ": " + failed.Error(), hint: hint}
}

// documentPart writes one part of the text under a head that says what it is of.
func documentPart(text *document.Text, args readArguments, head string) (Result, error) {
	part, err := text.Page(args.Page, args.MaxChars)
	if err != nil {
		return Result{}, err
	}
	var b strings.Builder
	b.WriteString(head + "\n" + text.Format)
	if text.Sections > 0 {
		b.WriteString(", " + text.Extent())
	}
	if args.Page == 1 {
		for _, note := range text.Notes {
			b.WriteString("\nNote: " + note)
		}
	}
	b.WriteString("\n\n")
	if part.Continues != "" {
		b.WriteString("[goes on under:]\n" + part.Continues + "\n")
		if !strings.HasPrefix(part.Text, "|") { // else the rows of a table, whose head that is
			b.WriteByte('\n')
		}
	}
	if strings.TrimSpace(text.Body) == "" {
		b.WriteString("[no text in it" + scannedNote(text) + "]")
	}
	b.WriteString(part.Text)
	switch {
	case part.Number < part.Of:
		fmt.Fprintf(&b, "\n[part %d of %d; go on with page %d]", part.Number, part.Of, part.Number+1)
	case part.Of > 1:
		fmt.Fprintf(&b, "\n[part %d of %d, the last]", part.Number, part.Of)
	}
	return Result{Text: b.String()}, nil
}

func scannedNote(text *document.Text) string {
	if text.Format == "pdf" && text.Sections > 0 {
		return ": its pages are pictures, probably scanned; download_file gets the file itself"
	}
	return ""
}
