package company_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/mail"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// files gathers one file per name from all drives and attachments.
func files(t *testing.T) map[string][]byte {
	t.Helper()
	c := company.New(moments()["a Tuesday"])
	all := map[string][]byte{}
	for _, items := range c.Items {
		for _, item := range items {
			if item.Content != nil {
				all[text(item.Entity, "name")] = item.Content
			}
		}
	}
	for _, attachments := range c.Attachments {
		for _, a := range attachments {
			content, err := base64.StdEncoding.DecodeString(text(a, "contentBytes"))
			if err != nil {
				t.Errorf("attachment %s: %v", a["name"], err)
			}
			if a["item"] == nil {
				all[text(a, "name")] = content
			}
		}
	}
	return all
}

func TestFilesAreWhatTheyClaim(t *testing.T) {
	t.Parallel()
	checks := map[string]func(*testing.T, []byte){
		".docx": checkOffice, ".xlsx": checkOffice, ".pptx": checkOffice, ".pdf": checkPDF, ".png": checkImage, ".jpg": checkImage, ".svg": checkXML,
		".json": checkJSON, ".csv": checkCSV, ".eml": checkMail, ".ics": checkCalendar, ".html": checkText, ".md": checkText, ".txt": nil, ".bin": nil,
	}
	seen := map[string]bool{}
	for name, content := range files(t) {
		check, known := checks[path.Ext(name)]
		if !known {
			t.Errorf("%s has an unknown kind", name)
		}
		seen[path.Ext(name)] = true
		if check != nil {
			t.Run(name, func(t *testing.T) { check(t, content) })
		}
	}
	for kind := range checks {
		if !seen[kind] {
			t.Errorf("there is no %s file", kind)
		}
	}
}

func checkXML(t *testing.T, content []byte) {
	d := xml.NewDecoder(bytes.NewReader(content))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// checkOffice opens every part, and follows every relationship and content type to a part.
func checkOffice(t *testing.T, content []byte) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		checkXML(t, data)
		parts[f.Name] = data
	}
	for name, data := range parts {
		if !strings.HasSuffix(name, ".rels") {
			continue
		}
		base := path.Dir(path.Dir(name)) // of word/_rels/document.xml.rels: word
		for _, m := range regexp.MustCompile(`Target="([^"]+)"`).FindAllSubmatch(data, -1) {
			if target := path.Join(base, string(m[1])); parts[target] == nil {
				t.Errorf("%s leads to %s, which is missing", name, target)
			}
		}
	}
	typed := string(parts["[Content_Types].xml"])
	for name := range parts {
		if !strings.HasSuffix(name, ".rels") && name != "[Content_Types].xml" && !strings.Contains(typed, `PartName="/`+name+`"`) {
			t.Errorf("%s has no content type", name)
		}
	}
}

// checkPDF follows startxref to the table, and each entry to its object.
func checkPDF(t *testing.T, content []byte) {
	m := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(content)
	if m == nil {
		t.Fatal("no startxref at the end")
	}
	start, _ := strconv.Atoi(string(m[1]))
	if !bytes.HasPrefix(content[start:], []byte("xref\n0 ")) {
		t.Fatalf("startxref leads to %.20q", content[start:])
	}
	entries := regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(content[start:], -1)
	for i, entry := range entries {
		offset, _ := strconv.Atoi(string(entry[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(content[offset:], []byte(want)) {
			t.Errorf("object %d: offset %d leads to %.20q", i+1, offset, content[offset:])
		}
	}
	if want := fmt.Sprintf("/Size %d ", len(entries)+1); !bytes.Contains(content, []byte(want)) {
		t.Errorf("the trailer lacks %q", want)
	}
	for _, s := range regexp.MustCompile(`/Length (\d+)[^\n]*>>\nstream\n`).FindAllSubmatchIndex(content, -1) {
		length, _ := strconv.Atoi(string(content[s[2]:s[3]]))
		if !bytes.HasPrefix(content[s[1]+length:], []byte("\nendstream\n")) {
			t.Errorf("the stream at %d is not %d long", s[0], length)
		}
	}
}

func checkImage(t *testing.T, content []byte) {
	if _, _, err := image.Decode(bytes.NewReader(content)); err != nil {
		t.Error(err)
	}
}

func checkJSON(t *testing.T, content []byte) {
	if !json.Valid(content) {
		t.Errorf("not JSON: %.40q", content)
	}
}

func checkCSV(t *testing.T, content []byte) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(content, []byte("\ufeff"))))
	if bytes.Contains(content, []byte(";")) {
		r.Comma = ';'
	}
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 20 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func checkMail(t *testing.T, content []byte) {
	m, err := mail.ReadMessage(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Header.Date(); err != nil {
		t.Error(err)
	}
}

func checkCalendar(t *testing.T, content []byte) {
	if !bytes.HasPrefix(content, []byte("BEGIN:VCALENDAR\r\n")) || !bytes.HasSuffix(content, []byte("END:VCALENDAR\r\n")) {
		t.Errorf("not a calendar: %.40q", content)
	}
}

func checkText(t *testing.T, content []byte) {
	if !utf8.Valid(content) || len(content) < 100 {
		t.Errorf("%d bytes of something else than text", len(content))
	}
}
