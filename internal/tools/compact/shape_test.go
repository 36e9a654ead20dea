package compact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact/compacttest"
)

func shaped(t testing.TB, body string, a Answer) string {
	t.Helper()
	if a.MaxChars == 0 {
		a.MaxChars = 40_000
	}
	p, err := a.Add([]byte(body), 0)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return a.Text(p.Next, p.Delta, "")
}

func TestShape(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, want string }{
		{"white space", "{ \"a\" : 1 ,\n \"b\" : [ 1 , 2 ] }", `{"a":1,"b":[1,2]}`},
		{"annotations", `{"@odata.context":"x","@odata.etag":"W/1","id":"1","a@odata.navigationLink":"y","@odata.type":"#t"}`, `{"@odata.etag":"W/1","id":"1","@odata.type":"#t"}`},
		{"annotations of parts", `{"@odata.etag":"W/1","a":{"@odata.etag":"W/2","b":1}}`, `{"@odata.etag":"W/1","a":{"b":1}}`},
		{"annotations of elements", `{"value":[{"@odata.etag":"W/1","id":"1","a":{"@odata.etag":"W/1","b":1}}]}`, `{"value":[{"id":"1","a":{"b":1}}]}`},
		{"no time", `{"a":"0001-01-01T00:00:00Z","b":{"c":"0001-01-01T00:00:00.0000000Z"},"d":"0001-01-02T00:00:00Z"}`, `{"d":"0001-01-02T00:00:00Z"}`},
		{"nulls and empties", `{"a":null,"b":"","c":[],"d":{},"e":{"f":null},"g":0,"h":false}`, `{"g":0,"h":false}`},
		{"cells keep their place", `{"values":[[1,null,""],[null,{},[]]]}`, `{"values":[[1,null,""],[null,{},[]]]}`},
		{"numbers stay whole", `{"a":12345678901234567890,"b":1.10,"c":-0,"d":1E400}`, `{"a":12345678901234567890,"b":1.10,"c":-0,"d":1E400}`},
		{"strings stay as written", `{"a":"\u00e4\"\\\/\n","b":"\\"}`, `{"a":"\u00e4\"\\\/\n","b":"\\"}`},
		{"everything empty", `{"@odata.context":"x"}`, `{}`},
		{"list", `{"@odata.context":"x","@odata.count":2,"@odata.nextLink":"https://n","value":[{"id":1,"x":null},{"id":2}]}`, `{"value":[{"id":1},{"id":2}],"@odata.count":2,"@odata.nextLink":"https://n"}`},
		{"links before the value", `{"@odata.deltaLink":"https://d?a=1&b=2","value":[]}`, `{"value":[],"@odata.deltaLink":"https://d?a=1&b=2"}`},
		{"value that is no list", `{"@odata.context":"x","value":"plain"}`, `{"value":"plain"}`},
		{"scalar", ` 42 `, `42`},
		{"array", `[{"a":null},1]`, `[{},1]`},
		{"address", `{"@removed":{"reason":"changed"},"mail":"a@odata.b"}`, `{"@removed":{"reason":"changed"},"mail":"a@odata.b"}`},
		{"download address", `{"@microsoft.graph.downloadUrl":"https://secret","name":"n"}`, `{"name":"n"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := shaped(t, tt.body, Answer{}); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestShapeRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	for _, body := range []string{``, `{`, `{"a"}`, `{"a":}`, `{"a":1`, `{"a":1,}`, `{"a":1}x`, `[1,]`, `"abc`, `{"value":[1`, `{"value":[1]]`, `<html>`, strings.Repeat("[", 1000)} {
		a := Answer{MaxChars: 1000}
		if p, err := a.Add([]byte(body), 0); err == nil {
			t.Errorf("%.20q was taken as %s", body, a.Text(p.Next, "", ""))
		}
	}
}

func people(n int) string {
	var b strings.Builder
	b.WriteString(`{"value":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":%d,"name":"%s"}`, i, strings.Repeat("x", 50))
	}
	b.WriteString(`],"@odata.nextLink":"https://next"}`)
	return b.String()
}

func TestListsAreCutAtAnItemsEnd(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{1000, 1500, 4000} {
		a := Answer{MaxChars: limit}
		p, err := a.Add([]byte(people(100)), 0)
		if err != nil {
			t.Fatal(err)
		}
		text := a.Text("https://go-on", "", "cut")
		if got := compacttest.Items(t, text); !p.Full || p.Taken == 0 || p.Taken != len(got) || len(text) > limit {
			t.Errorf("limit %d: took %d, shows %d in %d characters, full %v", limit, p.Taken, len(got), len(text), p.Full)
		}
	}
	a := Answer{MaxChars: 100_000, MaxItems: 7}
	p, err := a.Add([]byte(people(100)), 3)
	if err != nil {
		t.Fatal(err)
	}
	if text := a.Text("", "", ""); !p.Full || p.Taken != 10 || len(compacttest.Items(t, text)) != 7 || compacttest.Items(t, text)[0]["id"] != json.Number("3") {
		t.Errorf("7 items after the first 3: took %d: %.80s", p.Taken, text)
	}
}

func TestLongThingsAreCutInside(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 5000)
	for _, body := range []string{
		`{"id":"1","body":{"content":"` + long + `"},"subject":"s"}`,
		`{"value":[{"id":"1","body":{"content":"` + long + `"},"subject":"s"}]}`,
		`{"id":"1","body":{"content":"` + strings.Repeat(`\n`, 9000) + `"},"subject":"s"}`,
		`{"id":"1","body":{"content":"` + strings.Repeat(`\ud83d\ude00`, 3000) + `"},"subject":"s"}`,
	} {
		got := shaped(t, body, Answer{MaxChars: 2000})
		if len(got) > 2000 || !json.Valid([]byte(got)) || !strings.Contains(got, `"subject":"s"`) || !strings.Contains(got, "more bytes]") {
			t.Errorf("%d characters, valid %v: %.200s", len(got), json.Valid([]byte(got)), got)
		}
	}
	wide := `{` + strings.TrimSuffix(strings.Repeat(`"p":1,`, 5000), ",") + `}`
	if got := shaped(t, wide, Answer{MaxChars: 2000}); len(got) > 2000 || !json.Valid([]byte(got)) || !strings.Contains(got, "$select") {
		t.Errorf("an object of many small values: %d characters: %.100s", len(got), got)
	}
}

// Shaping keeps every value that is not empty, writes valid JSON, and is done after one pass: a second one
// changes nothing.
func FuzzShape(f *testing.F) {
	for _, s := range []string{`{"value":[{"a":null,"b":[1,"x\\"]}],"@odata.nextLink":"l"}`, `{"a":{"b":{}}}`, `[[],{}]`, `"\""`, `-1.5e3`, people(3),
		`{"value":[{"a":1,"bbbbbbbb":2,"c":{"d":null}},{"bbbbbbbb":3,"a":1},{"a":1,"e":"x","bbbbbbbb":2},{}]}`,
		`{"value":[{"name":"a","kind":"k"},{"name":"b","kind":"k"},{"name":"c","kind":"k"}],"@odata.count":3}`,
		`{"value":[{"body":{"contentType":"html","content":"<p>a</p>"}},{"x":"0001-01-01T00:00:00Z"},{"x":1,"x":2}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		a := Answer{MaxChars: 1 << 20}
		p, err := a.Add(body, 0)
		if !json.Valid(body) {
			return
		}
		if err != nil {
			if strings.Contains(err.Error(), "nested deeper") {
				return
			}
			t.Fatalf("%q: %v", body, err)
		}
		text := a.Text(p.Next, p.Delta, "")
		if !json.Valid([]byte(text)) {
			t.Fatalf("%q became %q", body, text)
		}
		again := Answer{MaxChars: 1 << 20}
		p, err = again.Add([]byte(text), 0)
		if err != nil {
			t.Fatal(err)
		}
		if second := again.Text(p.Next, p.Delta, ""); !sameJSON([]byte(second), []byte(text)) {
			t.Fatalf("%q became %q, then %q", body, text, second)
		}
		sameItems(t, body, text)
		raw := &shaper{in: body, Shape: Shape{Raw: true}}
		if _, err := raw.value(); err != nil || !sameJSON(raw.out, body) {
			t.Fatalf("%q became %q without dropping anything (%v)", body, raw.out, err)
		}
	})
}

// sameItems compares the list of an answer, in whichever form it came, with the same elements written one by one.
func sameItems(t *testing.T, body []byte, text string) {
	t.Helper()
	var list struct{ Value []json.RawMessage }
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil || json.Unmarshal(body, &list) != nil || len(list.Value) < minRows || members["Value"] != nil {
		return
	}
	for name := range members {
		if strings.EqualFold(name, "value") && name != "value" || slices.Contains([]string{"common", "columns", "rows"}, strings.ToLower(name)) {
			return // the decoder, or the test, would take it for another
		}
	}
	var want []map[string]any
	for _, element := range list.Value {
		if element[0] != '{' {
			return
		}
		a := Answer{MaxChars: 1 << 20, Shape: Shape{Raw: false}}
		if err := a.addElement(&shaper{in: element}); err != nil {
			t.Fatal(err)
		}
		if a.table.loose {
			return // names twice, which a map cannot show
		}
		one := &shaper{in: element}
		if _, err := one.value(); err != nil {
			t.Fatal(err)
		}
		item := map[string]any{}
		d := json.NewDecoder(bytes.NewReader(one.out))
		d.UseNumber()
		if err := d.Decode(&item); err != nil {
			t.Fatal(err)
		}
		want = append(want, item)
	}
	if got := compacttest.Items(t, text); !reflect.DeepEqual(got, want) {
		t.Fatalf("%q became %q: the items are %v, want %v", body, text, got, want)
	}
}

func sameJSON(a, b []byte) bool {
	decode := func(b []byte) (v any) {
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		_ = d.Decode(&v) // both are valid
		return v
	}
	return reflect.DeepEqual(decode(a), decode(b))
}

func TestHTMLBecomesText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, want string
		shape            Shape
	}{
		{"of one thing", `{"body":{"contentType":"html","content":"<p>a &lt; \"b\"<\/p>"}}`, `{"body":{"contentType":"text","content":"a < \"b\""}}`, Shape{}},
		{"of a list", `{"value":[{"body":{"contentType":"HTML","content":"<p>a</p>"}}]}`, `{"value":[{"body":{"contentType":"text","content":"a"}}]}`, Shape{}},
		{"nothing left", `{"body":{"contentType":"html","content":"<p></p>"}}`, `{"body":{"contentType":"text"}}`, Shape{}},
		{"text stays", `{"body":{"contentType":"text","content":"<p>a</p>"}}`, `{"body":{"contentType":"text","content":"<p>a</p>"}}`, Shape{}},
		{"other properties stay", `{"contentType":"html","html":"<p>a</p>","x":{"content":"<b>"}}`, `{"contentType":"html","html":"<p>a</p>","x":{"content":"<b>"}}`, Shape{}},
		{"content that is no string", `{"body":{"contentType":"html","content":{"a":1}}}`, `{"body":{"contentType":"html","content":{"a":1}}}`, Shape{}},
		{"asked for", `{"body":{"contentType":"html","content":"<p>a</p>"}}`, `{"body":{"contentType":"html","content":"<p>a</p>"}}`, Shape{KeepHTML: true}},
		{"raw", `{"body":{"contentType":"html","content":"<p>a</p>"}}`, `{"body":{"contentType":"html","content":"<p>a</p>"}}`, Shape{Raw: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := shaped(t, tt.body, Answer{Shape: tt.shape}); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func BenchmarkShapeUsers(b *testing.B) {
	body := []byte(people(100))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		a := Answer{MaxChars: 1 << 20}
		if _, err := a.Add(body, 0); err != nil {
			b.Fatal(err)
		}
		if a.Text("", "", "") == "" {
			b.Fatal("no text")
		}
	}
}
