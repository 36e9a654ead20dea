package plain

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding/htmlindex"
	utf16 "golang.org/x/text/encoding/unicode"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

func TestEncodings(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, text string }{
		{"windows-1252", "Die Straße führt über Köln nach Zürich. Preis: 5 € – „gut“.\nDéjà vu à l’hôtel, señor."},
		{"windows-1250", "Zażółć gęślą jaźń. Příliš žluťoučký kůň úpěl ďábelské ódy."},
		{"windows-1251", "Съешь ещё этих мягких французских булок, да выпей чаю."},
		{"koi8-r", "Съешь ещё этих мягких французских булок, да выпей чаю."},
		{"windows-1253", "Η γρήγορη αλεπού πηδάει πάνω από τον σκύλο και φεύγει."},
		{"windows-1255", "שלום לכולם, זהו מסמך קצר בעברית עם כמה מילים."},
		{"windows-1256", "مرحبا بالجميع، هذا مستند قصير باللغة العربية."},
		{"windows-874", "สวัสดีชาวโลก นี่คือเอกสารภาษาไทย"},
		{"shift_jis", "これは日本語の文書です。カタカナと漢字もあります。"},
		{"euc-jp", "これは日本語の文書です。カタカナと漢字もあります。"},
		{"iso-2022-jp", "これは日本語の文書です。"},
		{"gb18030", "这是一个中文文档，我们在这里写了一些内容。"},
		{"big5", "這是一個中文文件，我們在這裡寫了一些內容。"},
		{"euc-kr", "이것은 한국어로 작성된 문서입니다. 감사합니다."},
		{"utf-16le", "Straße, 日本語, Ελλάδα\n"},
		{"utf-16be", "Straße, 日本語, Ελλάδα\n"},
	} {
		encoder := utf16.UTF16(utf16.LittleEndian, utf16.IgnoreBOM).NewEncoder()
		if row.name == "utf-16be" {
			encoder = utf16.UTF16(utf16.BigEndian, utf16.IgnoreBOM).NewEncoder()
		} else if !strings.HasPrefix(row.name, "utf") {
			e, err := htmlindex.Get(row.name)
			if err != nil {
				t.Fatal(err)
			}
			encoder = e.NewEncoder()
		}
		data, err := encoder.Bytes([]byte(row.text))
		if err != nil {
			t.Fatal(row.name, err)
		}
		if got := body(t, reading.File{Data: data}).Body; got != strings.TrimSpace(row.text) {
			t.Errorf("%s: got %q", row.name, got)
		}
		// What the protocol says counts, where there is no mark.
		if got := body(t, reading.File{Data: []byte("\xe9"), ContentType: `text/plain; charset="windows-1251"`}).Body; got != "й" {
			t.Errorf("charset: got %q", got)
		}
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, data, want string }{
		{"mark", "\xef\xbb\xbfa\r\nb\rc", "a\nb\nc"},
		{"utf-16 mark", "\xff\xfea\x00\x7f\x00é\x00"[:6] + "\xe9\x00", "aé"},
		{"utf-32 mark", "\xff\xfe\x00\x00a\x00\x00\x00", "a"},
		{"a wrong byte among many", strings.Repeat("ä", 30) + "\xff.", strings.Repeat("ä", 30) + "\uFFFD."},
		{"control characters", "a\x00b\x1b[31mred" + strings.Repeat("x", 100), "ab[31mred" + strings.Repeat("x", 100)},
		{"json stays", `{"a": 12345678901234567890}`, `{"a": 12345678901234567890}`},
		{"empty", "", ""},
	} {
		if got := body(t, reading.File{Data: []byte(row.data)}); got.Body != row.want || got.Format != "text" {
			t.Errorf("%s: got %s %q, want %q", row.name, got.Format, got.Body, row.want)
		}
	}
}

func TestCSV(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, data, want string }{
		{"a.csv", "a;b,c\n1,5;2\n2,5;3\n", "|a|b,c|\n|-|-|\n|1,5|2|\n|2,5|3|"},
		{"a.csv", "a,b\n\"x, \"\"y\"\"\nz\",2\n", "|a|b|\n|-|-|\n|x, \"y\"<br>z|2|"},
		{"a.csv", "sep=|\na|b\n1|2,3\n", "|a|b|\n|-|-|\n|1|2,3|"},
		{"a.tsv", "a\tb, c\n1\t2\n", "|a|b, c|\n|-|-|\n|1|2|"},
		{"a.csv", "a|b\n1|2\n", "|a|b|\n|-|-|\n|1|2|"},
		{"a.csv", "only\none\ncolumn", "only\none\ncolumn"},
		{"a.csv", "id,n\n1,12345678901234567890\n", "|id|n|\n|-|-|\n|1|12345678901234567890|"},
		{"a.csv", "a,b\n1,\"open\n" + strings.Repeat("2,3\n", 20_000), "a,b\n1,\"open\n" + strings.TrimSpace(strings.Repeat("2,3\n", 20_000))},
	} {
		if got := body(t, reading.File{Name: row.name, Data: []byte(row.data)}); got.Body != row.want || got.Format != "csv" {
			t.Errorf("%.30q: got %s\n%.300s\nwant\n%.300s", row.data, got.Format, got.Body, row.want)
		}
	}
}
