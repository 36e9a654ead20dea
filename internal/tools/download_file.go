package tools

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
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
			versionParameter(),
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
	if err := c.read(&d.args); err != nil {
		return Result{}, err
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
	return Result{Text: string(d.described(counted.done, member{"savedTo", path}).encode())}, nil
}

// handOut answers with a link that the client's side downloads the file from.
func (d *download) handOut(ctx context.Context) (Result, error) {
	d.offer.Name, d.offer.ContentType = d.name, d.media
	link, err := d.Transfers.Offer(ctx, d.offer)
	if err != nil {
		return Result{}, err
	}
	return Result{Text: string(d.described(d.file.Size, member{"downloadUrl", link.URL}, member{"expiresAt", link.Expires.UTC().Format(time.RFC3339)},
		member{"note", "the link holds once: give it to the person, or fetch it with a GET request"}).encode())}, nil
}

// described says in the ancestor's words what the file is.
func (d *download) described(size int64, more ...member) orderedObject {
	all := orderedObject{{"filename", d.name}, {"contentType", d.media}}
	if size >= 0 {
		all = append(all, member{"size", size}, member{"sizeFormatted", formatSize(size)})
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
