package profile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// decoder fills the file's structs from what the TOML library parsed. The
// library's own decoder takes Tenant_ID for tenant_id, stops at the first wrong
// type and does not say which element of an array it means; this one does not.
type decoder struct {
	at      places
	errs    problems
	profile string // the one being read; "" outside of profiles
}

func (d *decoder) fail(key, remedy, format string, args ...any) {
	d.errs.add(d.at.problem(key, fmt.Sprintf(format, args...), remedy))
}

// decode puts v into target, which is addressable. Problems are collected, and
// what has one stays zero.
func (d *decoder) decode(key string, v any, target reflect.Value) {
	switch t := target.Addr().Interface().(type) {
	case *fileCloud:
		d.cloud(key, v, t)
		return
	case *fileSecret:
		d.secret(key, v, t)
		return
	case *fileVault:
		d.vault(key, v, t)
		return
	case *fileTime:
		d.time(key, v, t)
		return
	}
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		d.decode(key, v, target.Elem())
	case reflect.Struct:
		d.table(key, v, target)
	case reflect.Map:
		d.profiles(key, v, target)
	case reflect.Slice:
		d.list(key, v, target)
	case reflect.String:
		target.SetString(d.text(key, v))
	case reflect.Bool:
		if b, ok := expect[bool](d, key, v, "true or false"); ok {
			target.SetBool(b)
		}
	case reflect.Int64:
		if n, ok := expect[int64](d, key, v, "an integer"); ok {
			target.SetInt(n)
		}
	}
}

// expect returns v as a T, or reports that key wants one.
func expect[T any](d *decoder, key string, v any, want string) (T, bool) {
	t, ok := v.(T)
	if !ok {
		d.fail(key, "write "+want, "expected %s, got %s", want, kindOf(v))
	}
	return t, ok
}

// text returns a string that says something.
func (d *decoder) text(key string, v any) string {
	s, ok := expect[string](d, key, v, "a string")
	if ok && strings.TrimSpace(s) == "" {
		d.fail(key, "give it a value or remove it", "is empty")
		return ""
	}
	return s
}

func (d *decoder) table(key string, v any, target reflect.Value) {
	entries, ok := expect[map[string]any](d, key, v, "a table")
	if !ok {
		return
	}
	fields := fieldsOf(target.Type())
	for name, value := range entries {
		i, ok := fields.index[name]
		full := joinKey(key, name)
		switch {
		case !ok:
			d.unknown(full, name, value, fields.names)
		case value == "" && fields.blank[name]:
		default:
			d.decode(full, value, target.Field(i))
		}
	}
}

// profiles fills a map of tables, whose keys the file chooses.
func (d *decoder) profiles(key string, v any, target reflect.Value) {
	entries, ok := expect[map[string]any](d, key, v, "a table")
	if !ok {
		return
	}
	target.Set(reflect.MakeMap(target.Type()))
	for name, value := range entries {
		full := joinKey(key, name)
		if !isName(name) {
			d.fail(full, "rename it", "a profile's name has 1 to 64 letters, digits, dots, hyphens and underscores and begins with a letter or digit")
			continue
		}
		element := reflect.New(target.Type().Elem()).Elem()
		d.profile = name
		d.decode(full, value, element)
		d.profile = ""
		target.SetMapIndex(reflect.ValueOf(name), element)
	}
}

func (d *decoder) list(key string, v any, target reflect.Value) {
	elements, ok := elementsOf(v)
	if !ok {
		want := "an array of strings"
		if kind := target.Type().Elem().Kind(); kind == reflect.Struct || kind == reflect.Pointer {
			want = "an array of tables"
		}
		expect[[]any](d, key, v, want)
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(elements), len(elements)))
	for i, e := range elements {
		d.decode(indexKey(key, i), e, target.Index(i))
	}
}

// elementsOf returns the elements of [...] or of [[tables]].
func elementsOf(v any) ([]any, bool) {
	switch a := v.(type) {
	case []any:
		return a, true
	case []map[string]any:
		out := make([]any, len(a))
		for i := range a {
			out[i] = a[i]
		}
		return out, true
	}
	return nil, false
}

func (d *decoder) cloud(key string, v any, c *fileCloud) {
	switch v.(type) {
	case string:
		c.Name = d.text(key, v)
	case map[string]any:
		c.Custom = new(fileHosts)
		d.table(key, v, reflect.ValueOf(c.Custom).Elem())
	default:
		d.fail(key, "write a cloud's name, or { authority = ..., graph = ... }", "expected a string or a table, got %s", kindOf(v))
	}
}

func (d *decoder) vault(key string, v any, vault *fileVault) {
	switch v.(type) {
	case string:
		vault.Name = d.text(key, v)
	case map[string]any:
		vault.Sealed = new(fileSealed)
		d.table(key, v, reflect.ValueOf(vault.Sealed).Elem())
	default:
		d.fail(key, vaultRemedy, "expected a string or a table, got %s", kindOf(v))
	}
}

// time takes TOML's own dates and times, and the same as text. The library keeps a time without an offset in a zone
// of its own, named after what is missing.
func (d *decoder) time(key string, v any, t *fileTime) {
	switch v := v.(type) {
	case time.Time:
		switch v.Location().String() {
		case "date-local":
			t.Time = time.Date(v.Year(), v.Month(), v.Day(), 0, 0, 0, 0, time.UTC)
		case "datetime-local", "time-local":
		default:
			t.Time = v.UTC()
		}
	case string:
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if at, err := time.Parse(layout, v); err == nil {
				t.Time = at.UTC()
			}
		}
	}
	if t.Year() < 2000 { // the zero time would stand for never
		t.Time = time.Time{}
		d.fail(key, "write 2027-01-31 (from the beginning of that day, in UTC) or 2027-01-31T18:00:00Z", "is neither a date nor a time with its offset")
	}
}

func (d *decoder) secret(key string, v any, s *fileSecret) {
	if _, ok := v.(map[string]any); !ok {
		d.literal(key, lastPart(key))
		return
	}
	d.table(key, v, reflect.ValueOf(s).Elem())
}

// literal refuses a secret that stands in the file itself.
func (d *decoder) literal(key, name string) {
	remedy := "make a key with `microsoft-mcp-server key create NAME`: it is shown once, and the file gets its hash"
	switch {
	case strings.HasPrefix(key, "state.old_keys["):
		remedy = `put it into a file that only you can read, then write old_keys = [{ file = "PATH" }]`
	case key == joinKey("profiles", d.profile)+".vault.key", strings.HasPrefix(key, "state."):
		remedy = fmt.Sprintf("put it into a file that only you can read, then write %s = { file = \"PATH\" }", name)
	case d.profile != "":
		flag := ""
		if key == joinKey("profiles", d.profile)+".azure_ai_search.api_key" {
			flag = " --for azure_ai_search"
		}
		remedy = fmt.Sprintf("store it with `microsoft-mcp-server secret set %s%s`, then write %s = { from = \"keyring\" }", d.profile, flag, name)
	}
	d.fail(key, remedy, "a literal secret is not allowed here")
}

// unknown reports a key that the table does not have. It never repeats v.
func (d *decoder) unknown(key, name string, v any, known []string) {
	table := parentKey(key)
	_, isText := v.(string)
	if isText && soundsSecret(name) && slices.Equal(known, fieldsOf(reflect.TypeFor[fileSecret]()).names) {
		d.literal(table, lastPart(table)) // client_secret = { secret = "..." }
		return
	}
	if isText && soundsSecret(name) {
		d.literal(key, name)
		return
	}
	if home := homeOf(name); home != "" && table == joinKey("profiles", d.profile) {
		d.fail(key, fmt.Sprintf("move it into [%s.%s]", table, home), "unknown key")
		return
	}
	remedy := didYouMean(name, known)
	if remedy == "" {
		remedy = "known here: " + strings.Join(known, ", ")
	}
	d.fail(key, remedy, "unknown key")
}

func lastPart(key string) string { return strings.TrimPrefix(key, parentKey(key)+".") }

// soundsSecret reports whether a key's name says that its value is a secret.
func soundsSecret(name string) bool {
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	return slices.Contains([]string{"clientsecret", "secret", "password", "passphrase", "apikey", "key", "token", "accesstoken"}, name)
}

// homeOf returns the table of a profile to which a key belongs that people
// write into the profile itself, or "".
func homeOf(name string) string {
	for home, t := range map[string]reflect.Type{
		"credential": reflect.TypeFor[fileCredential](),
		"policy":     reflect.TypeFor[filePolicy](),
	} {
		if slices.Contains(fieldsOf(t).names, name) {
			return home
		}
	}
	return ""
}

// fields are the keys of one of the file's structs.
type fields struct {
	names []string // in the struct's order
	index map[string]int
	blank map[string]bool // those that may be the empty string
}

func fieldsOf(t reflect.Type) fields {
	f := fields{index: map[string]int{}, blank: map[string]bool{}}
	for i := range t.NumField() {
		name, option, _ := strings.Cut(t.Field(i).Tag.Get("toml"), ",")
		f.names = append(f.names, name)
		f.index[name] = i
		f.blank[name] = option == "blank"
	}
	return f
}

// kindOf returns TOML's name for the type of v, with its article.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case bool:
		return "a boolean"
	case time.Time:
		return "a date or time"
	case []any:
		return "an array"
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "an array of tables"
	}
	return "another type"
}
