package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/tools"
)

// inSite is the path of a file in a site's library.
func inSite(site, name string) string {
	at := "/sites/" + company.SharePointHost
	if site != "" {
		at += ":/sites/" + site + ":"
	}
	return at + "/drive/root:/" + (&url.URL{Path: name}).EscapedPath()
}

// Every kind of document that the company has reads well.
func TestReadDocument(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, tt := range []struct {
		path, head string
		want       []string
	}{
		{inSite("quality", "Procedures/Calibration procedure.docx"), "File: Calibration procedure.docx (", []string{"\ndocx\n\n", "# "}},
		{inSite("quality", "Procedures/Calibration procedure.pdf"), "File: Calibration procedure.pdf (", []string{"\npdf, 1 page\n\n"}},
		{inSite("quality", "Records/Calibration records.xlsx"), "File: Calibration records.xlsx (", []string{"\nxlsx, ", " sheets", "\n|Serial number|"}},
		{inSite("", "Company overview.pptx"), "File: Company overview.pptx (", []string{"\npptx, ", " slides"}},
		{inSite("quality", "Audits/Audit plan.html"), "File: Audit plan.html (", []string{"\nhtml\n\n", "Audit"}},
		{inSite("productdev", "Lantern/Trials/lantern-trial.csv"), "File: lantern-trial.csv (", []string{"\ncsv\n\n"}},
		{inSite("productdev", "Firmware/Firmware 4.2.1.md"), "File: Firmware 4.2.1.md (", []string{"\ntext\n\n", "# Firmware"}},
		{inSite("operations", "Service/Reports/2026/kittiwake-log.txt") + ":/content", "File: kittiwake-log.txt (", []string{"pressure_dbar"}},
		{"/users/" + company.CEOID + "/drive/root:/Personal/Notizen.txt:", "File: Notizen.txt (", []string{"Größe der Kisten für Ölfilter"}}, // UTF-16
	} {
		t.Run(tt.head, func(t *testing.T) {
			t.Parallel()
			got, err := callTool(t, named(t, o.all, "read_document"), map[string]any{"path": tt.path}, tools.Call{Profile: o.profile, Graph: o.client})
			if err != nil {
				t.Fatalf("%v (%s)", err, hintOf(err))
			}
			if !strings.HasPrefix(got, tt.head) {
				t.Errorf("got %.80q, want it to begin with %q", got, tt.head)
			}
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("there is no %q in %.600s", want, got)
				}
			}
		})
	}
}

// list reads the values of a collection.
func (o *office) list(path, query string) []map[string]any {
	o.t.Helper()
	request := must(o.profile.Endpoints.NewRequest(graph.Params{Path: path + "?" + query}))
	response, err := o.client.Do(o.t.Context(), request)
	if err != nil {
		o.t.Fatal(err)
	}
	var answer struct{ Value []map[string]any }
	if err := json.Unmarshal(response.Body, &answer); err != nil {
		o.t.Fatal(err)
	}
	return answer.Value
}

func TestReadDocumentOfMail(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	const mailbox = "/users/" + company.AdminID
	message := o.list(mailbox+"/messages", "$filter=hasAttachments%20eq%20true&$select=id,subject&$top=50")[0]
	path := mailbox + "/messages/" + message["id"].(string)
	for _, path := range []string{path, path + "/", path + "/$value"} {
		got, err := o.call("read_document", map[string]any{"path": path})
		if err != nil || !strings.HasPrefix(got, "File: message.eml (") || !strings.Contains(got, message["subject"].(string)) {
			t.Errorf("the message %q: %v, got %.300s", message["subject"], err, got)
		}
	}
	read := 0
	for _, m := range o.list(mailbox+"/messages", "$filter=hasAttachments%20eq%20true&$select=id&$top=50") {
		attachments := mailbox + "/messages/" + m["id"].(string) + "/attachments"
		for _, a := range o.list(attachments, "$select=id,name,contentType") {
			name := a["name"].(string)
			got, err := o.call("read_document", map[string]any{"path": attachments + "/" + a["id"].(string)})
			switch {
			case strings.HasSuffix(name, ".jpg"), strings.HasSuffix(name, ".png"):
				if err == nil || !strings.Contains(hintOf(err), "download_file") {
					t.Errorf("%s: got %v, %.80s", name, err, got)
				}
			case err != nil || !strings.HasPrefix(got, "File of "):
				t.Errorf("%s: %v, got %.80s", name, err, got)
			default:
				read++
			}
		}
	}
	if read == 0 {
		t.Error("no attachment was read")
	}
}

func TestReadDocumentInParts(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	path := inSite("operations", "Service/Reports/2026/kittiwake-log.txt")
	whole, err := o.call("read_document", map[string]any{"path": path, "maxChars": 200_000})
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(whole, "\n\n")
	var joined strings.Builder
	for page, of := 1, 2; page <= of; page++ {
		got, err := o.call("read_document", map[string]any{"path": path, "maxChars": 5000, "page": page})
		if err != nil {
			t.Fatal(err)
		}
		_, part, _ := strings.Cut(got, "\n\n")
		i := strings.LastIndex(part, "\n[part ")
		var number, pages int
		if _, err := fmt.Sscanf(part[i:], "\n[part %d of %d", &number, &pages); err != nil || number != page {
			t.Fatalf("page %d ends in %q", page, part[i:])
		}
		if last := page == pages; last == strings.Contains(got, fmt.Sprintf("\n[part %d of %d; go on with page %d]", page, pages, page+1)) {
			t.Errorf("page %d of %d ends in %q", page, pages, part[i:])
		}
		part = part[:i]
		if strings.HasPrefix(part, "[goes on under:]\n") {
			_, part, _ = strings.Cut(part, "\n\n")
		}
		joined.WriteString(part)
		of = pages
	}
	if joined.String() != body {
		t.Errorf("the parts together have %d bytes, the whole %d", joined.Len(), len(body))
	}
	if _, err := o.call("read_document", map[string]any{"path": path, "page": 99}); err == nil || !strings.Contains(err.Error(), "page 99") || hintOf(err) == "" {
		t.Errorf("a page beyond the last: got %v", err)
	}
}

func TestReadDocumentRefusals(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, tt := range []struct {
		path, format string
		want, hint   string
	}{
		{"/users/" + company.CEOID, "", "does not lead to a file", "sharepoint_search"},
		{"https://merisand.sharepoint.com/sites/quality/Shared%20Documents/x.docx", "", "does not lead to a file", "a web address is none of Graph's paths"},
		{"/users/../me/drive/root:/x.txt", "", "dot segment", ""},
		{inSite("quality", "nosuch.docx"), "", "HTTP 404", "list first"},
		{inSite("quality", "Procedures"), "", "folder", ""},
		{inSite("productdev", "Halcyon/Tests/Pressure curve.png"), "", "Pressure curve.png is image/png, which holds no text", "download_file"},
		{inSite("operations", "Deployments/Petrel/heave series.bin"), "", "holds no text that can be read", "download_file"},
		{inSite("quality", "Procedures/Calibration procedure.docx"), "pdf", "HTTP 406", "leave format out"},
	} {
		_, err := o.call("read_document", map[string]any{"path": tt.path, "format": tt.format})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(hintOf(err), tt.hint) {
			t.Errorf("%s: got %v (hint %q)\nwant %s, hint %s", tt.path, err, hintOf(err), tt.want, tt.hint)
		}
	}
	if _, err := o.call("read_document", map[string]any{"path": "/x", "format": "exe"}); err == nil {
		t.Error("a format that Graph does not make was taken")
	}
}

// content stands for the guarded Graph, with a file.
type content struct {
	header http.Header
	body   io.Reader
	size   int64
	got    *graph.Request
}

func (c *content) Do(_ context.Context, r *graph.Request) (*graph.Response, error) {
	c.got = r
	return &graph.Response{Status: 200, Header: c.header, Stream: io.NopCloser(c.body), Size: c.size}, nil
}

// endless counts what is read of it.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestReadDocumentIsBounded(t *testing.T) {
	t.Parallel()
	p := &tools.Profile{Endpoints: must(graph.NewEndpoints("https://graph.microsoft.com", "")), Status: func(context.Context) (tools.Status, error) { return tools.Status{}, nil }}
	read := named(t, tools.All(), "read_document")
	announced := &endless{}
	c := &content{header: http.Header{"Content-Disposition": {`attachment; filename="big.xlsx"`}}, body: announced, size: 51 << 20}
	_, err := callTool(t, read, map[string]any{"path": "/me/drive/items/1"}, tools.Call{Profile: p, Graph: c})
	if err == nil || !strings.Contains(err.Error(), "big.xlsx is 51.0 MiB; at most 50.0 MiB are read") || !strings.Contains(hintOf(err), "usedRange") || announced.read > 0 {
		t.Errorf("got %v (hint %q), %d bytes read", err, hintOf(err), announced.read)
	}
	silent := &endless{}
	var reports []string
	_, err = callTool(t, read, map[string]any{"path": "/me/drive/root:/big.txt"}, tools.Call{Profile: p, Graph: &content{body: silent, size: -1}, Progress: func(_, _ int, m string) { reports = append(reports, m) }})
	if err == nil || !strings.Contains(err.Error(), "big.txt is more than 50.0 MiB") || silent.read > 52<<20 {
		t.Errorf("without a size: got %v, %d bytes read", err, silent.read)
	}
	if len(reports) < 5 || !strings.HasPrefix(reports[0], "downloading big.txt") {
		t.Errorf("got the reports %q", reports)
	}
	image := &endless{}
	_, err = callTool(t, read, map[string]any{"path": "/me/photo/$value"}, tools.Call{Profile: p, Graph: &content{header: http.Header{"Content-Type": {"image/jpeg"}}, body: image, size: -1}})
	if err == nil || image.read > 0 {
		t.Errorf("a picture: got %v, %d bytes read", err, image.read)
	}
}

func TestReadDocumentPaths(t *testing.T) {
	t.Parallel()
	p := &tools.Profile{Endpoints: must(graph.NewEndpoints("https://graph.microsoft.com", "")), Status: func(context.Context) (tools.Status, error) { return tools.Status{}, nil }}
	for _, tt := range []struct {
		arguments map[string]any
		url, name string
	}{
		{map[string]any{"path": "/me/drive/items/1"}, "v1.0/me/drive/items/1/content", ""},
		{map[string]any{"path": "/me/drive/items/1/content", "apiVersion": "beta"}, "beta/me/drive/items/1/content", ""},
		{map[string]any{"path": "/me/drive/root:/a%20b/c.doc", "format": "pdf"}, "v1.0/me/drive/root:/a%20b/c.doc:/content?format=pdf", "c.pdf"},
		{map[string]any{"path": "/sites/x,y,z/drive/root:/c.txt:/content?x=1"}, "v1.0/sites/x,y,z/drive/root:/c.txt:/content?x=1", "c.txt"},
		{map[string]any{"path": "/me/messages/AAA="}, "v1.0/me/messages/AAA=/$value", "message.eml"},
		{map[string]any{"path": "/users/a@b/messages/1/attachments/2/"}, "v1.0/users/a@b/messages/1/attachments/2/$value", ""},
		{map[string]any{"path": "/me/onenote/pages/1-2"}, "v1.0/me/onenote/pages/1-2/content", ""},
		{map[string]any{"path": "/shares/u!x/driveItem"}, "v1.0/shares/u!x/driveItem/content", ""},
	} {
		c := &content{body: bytes.NewReader([]byte("hello")), size: 5}
		got, err := callTool(t, named(t, tools.All(), "read_document"), tt.arguments, tools.Call{Profile: p, Graph: c})
		head := "File: " + tt.name + " (5 bytes)\n"
		if tt.name == "" {
			head = "File of 5 bytes\n"
		}
		if err != nil || !strings.HasPrefix(got, head) || !strings.HasSuffix(got, "\n\nhello") {
			t.Errorf("%v: got %q, %v", tt.arguments, got, err)
			continue
		}
		if url := strings.TrimPrefix(c.got.URL(), "https://graph.microsoft.com/"); url != tt.url {
			t.Errorf("%v: asked for %s, want %s", tt.arguments, url, tt.url)
		}
	}
	named := &content{header: http.Header{"Content-Disposition": {`attachment; filename*=UTF-8''..%2Fa%E2%80%AEtxt.md`}}, body: strings.NewReader("hi"), size: 2}
	if got, err := callTool(t, readTool(t), map[string]any{"path": "/me/drive/items/1"}, tools.Call{Profile: p, Graph: named}); err != nil || !strings.HasPrefix(got, "File: atxt.md (2 bytes)\n") {
		t.Errorf("got %q, %v", got, err)
	}
	empty := &content{body: strings.NewReader(""), size: 0}
	if got, err := callTool(t, readTool(t), map[string]any{"path": "/me/drive/root:/empty.txt"}, tools.Call{Profile: p, Graph: empty}); err != nil || !strings.HasSuffix(got, "\n\n[no text in it]") {
		t.Errorf("an empty file: got %q, %v", got, err)
	}
}

func readTool(t testing.TB) tools.Tool { return named(t, tools.All(), "read_document") }

// A download that breaks off is taken up again, and the token stays with Graph.
func TestReadDocumentOverABrokenConnection(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Inject(sandbox.Fault{Host: sandbox.Graph, HalfBody: true, Times: 1, Match: func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/_download/") }})
	got, err := o.call("read_document", map[string]any{"path": inSite("quality", "Procedures/Calibration procedure.docx")})
	if err != nil || !strings.Contains(got, "Calibration") {
		t.Errorf("got %.200s, %v", got, err)
	}
	for _, r := range o.Requests(sandbox.Graph) {
		if strings.HasPrefix(r.Path, "/_download/") && r.Header.Get("Authorization") != "" {
			t.Error("the token went to where the bytes are")
		}
	}
}
