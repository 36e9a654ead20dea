package compact

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/tools/compact/compacttest"
)

func TestForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, body, want string }{
		{"two elements stay a list", `{"value":[{"name":"a","kind":"k"},{"name":"b","kind":"k"}]}`, `{"value":[{"name":"a","kind":"k"},{"name":"b","kind":"k"}]}`},
		{"what all share stands once", `{"value":[{"name":"a","k":[1]},{"name":"b","k":[1]},{"k":[1],"name":"c"}]}`, `{"common":{"k":[1]},"value":[{"name":"a"},{"name":"b"},{"name":"c"}]}`},
		{"rows", `{"value":[{"displayName":"a","n":1},{"n":2,"displayName":"b"},{"displayName":"c","n":{"x":3}}],"@odata.count":3}`,
			`{"columns":["displayName","n"],"rows":[["a",1],["b",2],["c",{"x":3}]],"@odata.count":3}`},
		{"a value that is missing", `{"value":[{"displayName":"a","number":1},{"displayName":"b","number":null},{"displayName":"c","number":0}]}`,
			`{"columns":["displayName","number"],"rows":[["a",1],["b",null],["c",0]]}`},
		{"large integers stay whole", `{"value":[{"identifierOfThing":12345678901234567890,"flag":false},{"identifierOfThing":12345678901234567891,"flag":true},{"identifierOfThing":1.10,"flag":true}]}`,
			`{"columns":["identifierOfThing","flag"],"rows":[[12345678901234567890,false],[12345678901234567891,true],[1.10,true]]}`},
		{"something else before the first object", `{"value":["a",null,{"b":1},2,{"b":3}]}`, `{"value":["a",null,{"b":1},2,{"b":3}]}`},
		{"few names in common", `{"value":[{"aaaaaa":1},{"bbbbbb":1},{"cccccc":1}]}`, `{"value":[{"aaaaaa":1},{"bbbbbb":1},{"cccccc":1}]}`},
		{"long values", `{"value":[{"a":"` + long("x") + `"},{"a":"` + long("y") + `"},{"a":"` + long("z") + `"}]}`,
			`{"value":[{"a":"` + long("x") + `"},{"a":"` + long("y") + `"},{"a":"` + long("z") + `"}]}`},
		{"nothing but what all share", `{"value":[{"a":1},{"a":1},{"a":1}]}`, `{"value":[{"a":1},{"a":1},{"a":1}]}`},
		{"no objects", `{"value":[1,2,3,null]}`, `{"value":[1,2,3,null]}`},
		{"not only objects", `{"value":[{"displayName":1},{"displayName":2},{"displayName":3},4]}`, `{"value":[{"displayName":1},{"displayName":2},{"displayName":3},4]}`},
		{"a name twice", `{"value":[{"name":1,"name":2},{"name":2,"b":3},{"name":2}]}`, `{"value":[{"name":1,"name":2},{"name":2,"b":3},{"name":2}]}`},
		{"a name as often as there are elements", `{"value":[{"x":1,"x":1},{"x":1},{"y":2}]}`, `{"value":[{"x":1,"x":1},{"x":1},{"y":2}]}`},
		{"rows that pay once what all share is out", `{"value":[{"k":"` + long("x") + `","displayName":"a","jobTitle":1},{"k":"` + long("x") + `","displayName":"b","jobTitle":2},{"k":"` + long("x") + `","displayName":"c","jobTitle":3}]}`,
			`{"common":{"k":"` + long("x") + `"},"columns":["displayName","jobTitle"],"rows":[["a",1],["b",2],["c",3]]}`},
		{"empty elements", `{"value":[{},{},{"displayName":"a"}]}`, `{"value":[{},{},{"displayName":"a"}]}`},
		{"all empty", `{"value":[{},{"a":null},{}]}`, `{"value":[{},{},{}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := shaped(t, tt.body, Answer{}); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	raw := `{"value":[{"name":"a","kind":"k"},{"name":"b","kind":"k"},{"name":"c","kind":null}]}`
	if got := shaped(t, raw, Answer{Shape: Shape{Raw: true}}); got != raw {
		t.Errorf("raw: got %s", got)
	}
}

func long(letter string) string { return strings.Repeat(letter, 100) }

// A grid that is wider than a reader can follow stays a list, whatever it would save.
func TestWideGridsStayLists(t *testing.T) {
	t.Parallel()
	row := func(columns, value int) string {
		var members []string
		for i := range columns {
			members = append(members, fmt.Sprintf(`"property%02d":%d`, i, value))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	for columns, form := range map[int]string{maxColumns: `{"columns"`, maxColumns + 1: `{"value"`} {
		body := `{"value":[` + row(columns, 1) + "," + row(columns, 2) + "," + row(columns, 3) + "]}"
		if got := shaped(t, body, Answer{}); !strings.HasPrefix(got, form) {
			t.Errorf("%d columns: got %.60s, want %s…", columns, got, form)
		}
	}
}

// The last element that fits is measured in the form in which all are written.
func TestTablesKeepTheirBounds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 2))
		var elements []string
		for i := range 3 + random.IntN(200) {
			var members []string
			for j := range 1 + random.IntN(12) {
				if random.IntN(4) > 0 {
					members = append(members, fmt.Sprintf(`"member%d":"%s"`, j, strings.Repeat("x", random.IntN(1+i%40))))
				}
			}
			if i > 100 && random.IntN(20) == 0 {
				members = append(members, fmt.Sprintf(`"rare%d":%d`, random.IntN(9), i))
			}
			elements = append(elements, "{"+strings.Join(append(members, fmt.Sprintf(`"i":%d,"kind":"always the same"`, i)), ",")+"}")
		}
		a := Answer{MaxChars: 1000 + random.IntN(9000)}
		p, err := a.Add([]byte(`{"value":[`+strings.Join(elements, ",")+`]}`), 0)
		if err != nil {
			t.Fatal(err)
		}
		text := a.Text("", "", "")
		if len(text) > a.MaxChars-TailRoom/2 && p.Full {
			t.Errorf("seed %d: %d characters of %d, without room for links", seed, len(text), a.MaxChars)
		}
		if len(compacttest.Items(t, text)) >= minRows && !strings.Contains(text, `"kind":"always the same"}`) {
			t.Errorf("seed %d: what all share is not told once", seed)
		}
		for i, item := range compacttest.Items(t, text) {
			if item["i"] != json.Number(fmt.Sprint(i)) || item["kind"] != "always the same" {
				t.Fatalf("seed %d: item %d is %v", seed, i, item)
			}
		}
	}
}
