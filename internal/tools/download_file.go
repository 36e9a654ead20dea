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
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// Bounds of what download_file shows instead of storing it.
const (
	maxInlineImage = 3 << 20 // as base64 4 MiB, which models still take
	maxInlineText  = defaultMaxChars
)

// transferTime bounds one transfer. It is far beyond that of other calls: files are large, and lines slow.
const transferTime = time.Hour

func downloadFile() Tool {
	return Tool{
		Name:  "download_file",
		Title: "Download a file",
		Description: "Download a file, an attachment, a photo or a message from Microsoft Graph. Images and short text are shown; all else is saved to a folder of this machine " +
			"or, over HTTP, answered with a one-time download link. To read a document's text use read_document.",
		Parameters: []Parameter{
			{Name: "path", Kind: String, Required: true, MaxLength: 16 << 10,
				Description: `"/drives/{id}/items/{id}", "/drives/{id}/root:/Reports/plan.docx", "…/messages/{id}/attachments/{id}", "/users/{id}/photo/$value"; /content or /$value is added where it is missing`},
			{Name: "apiVersion", Kind: String, Enum: []string{graph.V1, graph.Beta}, Description: "Default v1.0"},
			{Name: "format", Kind: String, MaxLength: 32, Description: `Convert to, such as "pdf"`},
			{Name: "outputDir", Kind: String, MaxLength: 4096, Description: "Save it to this folder, whatever it is; not over HTTP"},
			{Name: "filename", Kind: String, MaxLength: 1024, Description: "Name to save it under. Nothing is overwritten"},
		},
		Effect:  Effect{ReadOnly: true, OpenWorld: true},
		Usable:  func(p *Profile) bool { return p.could(http.MethodGet, "") },
		Timeout: transferTime,
		Call:    callDownloadFile,
	}
}

type downloadArguments struct {
	Path       string `json:"path"`
	APIVersion string `json:"apiVersion"`
	Format     string `json:"format"`
	OutputDir  string `json:"outputDir"`
	Filename   string `json:"filename"`
}

// download is one call of download_file under way.
type download struct {
	Call
	args  downloadArguments
	offer Offer // of the file, where it is not shown
	file  *graph.File
	name  string // safe on every system
	media string // the content's type without its parameters
	head  []byte // what was read of file to decide
}

func callDownloadFile(ctx context.Context, c Call) (Result, error) {
	d := &download{Call: c}
	if err := json.Unmarshal(c.Arguments, &d.args); err != nil {
		return Result{}, fmt.Errorf("reading the arguments: %w", err)
	}
	if d.args.OutputDir != "" && c.Profile.Remote {
		return Result{}, &ArgumentError{Parameter: "outputDir", Problem: "this server runs on another machine than its client, and does not write to its own disk",
			Remedy: "leave outputDir out: the answer has a link to download the file from"}
	}
	d.offer = Offer{Profile: c.Profile.Name, Path: contentPath(d.args.Path), APIVersion: d.args.APIVersion, Format: d.args.Format}
	request, err := d.offer.request(c.Profile.Endpoints)
	if err != nil {
		return Result{}, err
	}
	if d.file, err = graph.Download(ctx, c.Graph, request); err != nil {
		return Result{}, explain(ctx, c.Profile, err)
	}
	defer d.file.Close()
	d.name = d.fileName()
	if d.media, _, err = mime.ParseMediaType(d.file.ContentType); err != nil {
		d.media = "application/octet-stream"
	}
	result, err := d.deliver(ctx)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return result, err
}

// fileName picks the name: the caller's, the service's, that in the path.
func (d *download) fileName() string {
	for _, name := range []string{d.args.Filename, d.file.Name} {
		if name = safeName(name); name != "" {
			return name
		}
	}
	name := safeName(nameIn(d.args.Path))
	if name == "" {
		name = "download"
	}
	if d.args.Format != "" {
		stem, extension := cutExtension(name)
		if !strings.EqualFold(extension, "."+d.args.Format) {
			name = safeName(stem + "." + d.args.Format)
		}
	}
	return name
}

// deliver shows the file, or puts it where it can be fetched.
func (d *download) deliver(ctx context.Context) (Result, error) {
	if d.args.OutputDir != "" {
		return d.save()
	}
	result, shown, err := d.show()
	switch {
	case err != nil || shown:
		return result, err
	case d.Transfers != nil:
		return d.handOut(ctx)
	case d.Profile.Folders != nil:
		return d.save()
	case d.isText() && utf8.Valid(trimPartial(d.head)):
		return Result{Text: fmt.Sprintf("%s\n[cut: the first %d bytes%s; %s]", trimPartial(d.head), len(trimPartial(d.head)), d.ofAll(), noFolder)}, nil
	}
	return Result{}, d.nowhere()
}

const noFolder = "no folder of this machine is open to this profile (folders, in the server's configuration), and read_document reads documents in pages"

func (d *download) nowhere() error {
	return &contentError{problem: fmt.Sprintf("%s (%s%s) cannot be shown, and there is no folder to save it to", d.name, d.media, d.sizeText()), hint: noFolder}
}

// show answers with an image or a text that is small enough. What it read meanwhile is kept in head.
func (d *download) show() (result Result, shown bool, err error) {
	most := int64(0)
	switch {
	case strings.HasPrefix(d.media, "image/") && d.media != "image/svg+xml":
		if most = maxInlineImage; d.file.Size > most {
			return Result{}, false, nil
		}
	case d.isText():
		most = maxInlineText
	default:
		return Result{}, false, nil
	}
	if d.head, err = io.ReadAll(io.LimitReader(d.file, most+1)); err != nil {
		return Result{}, false, err
	}
	if int64(len(d.head)) > most {
		return Result{}, false, nil
	}
	if d.isText() {
		text := bytes.TrimPrefix(d.head, []byte("\ufeff"))
		return Result{Text: string(text)}, utf8.Valid(text) && bytes.IndexByte(text, 0) < 0, nil
	}
	// By what it is, not by what it is called: a client that is handed another type than it was told refuses
	// the whole conversation, at times for good.
	kind := http.DetectContentType(d.head)
	if !slices.Contains([]string{"image/png", "image/jpeg", "image/gif", "image/webp"}, kind) {
		return Result{}, false, nil
	}
	return Result{Text: fmt.Sprintf("%s (%s, %s)", d.name, kind, formatSize(int64(len(d.head)))),
		Media: []Media{{Data: d.head, MIMEType: kind}}}, true, nil
}

// isText tells whether the file is one for people to read, as far as its type says it, or else its name.
func (d *download) isText() bool {
	if d.media != "application/octet-stream" {
		return isText(d.media)
	}
	_, extension := cutExtension(strings.ToLower(d.name))
	switch strings.TrimPrefix(extension, ".") {
	case "txt", "md", "markdown", "csv", "tsv", "json", "jsonl", "xml", "yaml", "yml", "toml", "ini", "cfg", "conf", "log", "sql",
		"html", "htm", "css", "js", "ts", "py", "go", "java", "cs", "c", "h", "cpp", "rs", "rb", "php", "sh", "ps1", "bat", "tex", "ics", "vcf", "eml":
		return true
	}
	return false
}

// isText tells whether a media type is for people to read.
func isText(media string) bool {
	switch media {
	case "application/json", "application/xml", "application/csv", "application/yaml", "application/x-yaml", "application/javascript",
		"application/x-ndjson", "application/sql", "application/toml", "message/rfc822":
		return true
	}
	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+xml") || strings.HasSuffix(media, "+json")
}

// trimPartial takes the beginning of a character off the end of a text that was cut.
func trimPartial(text []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(text); i++ {
		if tail := text[len(text)-i:]; utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// save writes the file to a folder of this machine.
func (d *download) save() (Result, error) {
	if d.Profile.Folders == nil {
		return Result{}, d.nowhere()
	}
	out, err := d.Profile.Folders.Create(d.args.OutputDir, d.name)
	if err != nil {
		return Result{}, err
	}
	defer out.Discard()
	counted := &progressReader{Reader: io.MultiReader(bytes.NewReader(d.head), d.file), report: d.Progress, total: d.file.Size, act: "downloaded"}
	if _, err := io.CopyBuffer(out, counted, make([]byte, 256<<10)); err != nil {
		return Result{}, err
	}
	if d.file.Size >= 0 && counted.done != d.file.Size {
		return Result{}, fmt.Errorf("downloading %s: %d of %d bytes arrived: %w", d.name, counted.done, d.file.Size, io.ErrUnexpectedEOF)
	}
	path, err := out.Commit()
	if err != nil {
		return Result{}, err
	}
	return Result{Text: writeObject(d.described(counted.done, field{"savedTo", path})...)}, nil
}

// handOut answers with a link that the client's side downloads the file from.
func (d *download) handOut(ctx context.Context) (Result, error) {
	d.offer.Name, d.offer.ContentType = d.name, d.media
	link, err := d.Transfers.Offer(ctx, d.offer)
	if err != nil {
		return Result{}, err
	}
	return Result{Text: writeObject(d.described(d.file.Size, field{"downloadUrl", link.URL}, field{"expiresAt", link.Expires.UTC().Format(time.RFC3339)},
		field{"note", "the link holds once: give it to the person, or fetch it with a GET request"})...)}, nil
}

// described says in the ancestor's words what the file is.
func (d *download) described(size int64, more ...field) []field {
	all := []field{{"filename", d.name}, {"contentType", d.media}}
	if size >= 0 {
		all = append(all, field{"size", size}, field{"sizeFormatted", formatSize(size)})
	}
	return append(all, more...)
}

func (d *download) sizeText() string {
	if d.file.Size < 0 {
		return ""
	}
	return ", " + formatSize(d.file.Size)
}

func (d *download) ofAll() string {
	if d.file.Size < 0 {
		return ""
	}
	return fmt.Sprintf(" of %d", d.file.Size)
}

// progressReader reports what went through it, every few megabytes.
type progressReader struct {
	io.Reader
	report         func(done, total int, message string)
	done, total    int64 // bytes; total -1 where it is not known
	reported, next int64
	act            string
}

// progressStep is how far apart reports are.
const progressStep = 4 << 20

func (p *progressReader) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.done += int64(n)
	if p.done >= p.next+progressStep || errors.Is(err, io.EOF) && p.next > 0 && p.done > p.reported {
		p.next, p.reported = p.done, p.done
		reportBytes(p.report, p.act, p.done, p.total)
	}
	return n, err
}

// reportBytes reports in kilobytes, as an int may be of 32 bits.
func reportBytes(report func(done, total int, message string), act string, done, total int64) {
	if total < 0 {
		report(int(done>>10), 0, act+" "+formatSize(done))
		return
	}
	report(int(done>>10), int(total>>10), act+" "+formatSize(done)+" of "+formatSize(total))
}

// formatSize writes a size for people.
func formatSize(n int64) string {
	if n < 1<<10 {
		return fmt.Sprintf("%d bytes", n)
	}
	size, unit := float64(n), ""
	for _, next := range []string{"KiB", "MiB", "GiB"} {
		if size < 1<<10 {
			break
		}
		size, unit = size/(1<<10), next
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}

// field is a member of a small JSON object whose text a model may copy from, so that nothing in it is escaped
// without need: an "&" in a URL, say.
type field struct {
	name  string
	value any // a string or a number
}

func writeObject(fields ...field) string {
	var b strings.Builder
	for i, f := range fields {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(quote(f.name) + ":")
		if text, ok := f.value.(string); ok {
			b.WriteString(quote(text))
		} else {
			fmt.Fprint(&b, f.value)
		}
	}
	return b.String() + "}"
}
