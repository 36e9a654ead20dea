package profile_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/profile"
)

func addKey(k profile.APIKey) func(*profile.Editor) error {
	return func(e *profile.Editor) error { return e.AddKey(k) }
}

func removeKey(name string) func(*profile.Editor) error {
	return func(e *profile.Editor) error { return e.RemoveKey(name) }
}

// keyBlock is an entry as people write it.
func keyBlock(name, digit string) string {
	return "[[http.api_keys]]\nname = \"" + name + "\"\nsha256 = \"" + strings.Repeat(digit, 64) + "\"\n"
}

func TestEditorChangesKeys(t *testing.T) {
	t.Parallel()
	one, two := keyBlock("one", "1"), keyBlock("two", "2")
	full := profile.APIKey{Name: "ci", SHA256: [32]byte{0xab}, Profiles: []string{"contoso", "fabrikam"}, ReadOnly: true,
		Expires: time.Date(2031, 1, 31, 0, 0, 0, 0, time.UTC)}
	const ab = "ab00000000000000000000000000000000000000000000000000000000000000"
	const zero = "0000000000000000000000000000000000000000000000000000000000000000"
	for _, row := range []struct {
		name, src string
		change    func(*profile.Editor) error
		want      string
	}{
		{"add the first", person, addKey(profile.APIKey{Name: "one"}), person + "\n[[http.api_keys]]\nname = \"one\"\nsha256 = \"" + zero + "\"\n"},
		{"add with all there is", person + app + "[http] # x\n\n" + one, addKey(full), person + app + "[http] # x\n\n" + one +
			"\n[[http.api_keys]]\nname = \"ci\"\nsha256 = \"" + ab + "\"\nprofiles = [\"contoso\", \"fabrikam\"]\nexpires = 2031-01-31\nread_only = true\n"},
		{"add with a time", person, addKey(profile.APIKey{Name: "one", Expires: full.Expires.Add(time.Hour)}), person + "\n[[http.api_keys]]\nname = \"one\"\nsha256 = \"" + zero + "\"\nexpires = 2031-01-31T01:00:00Z\n"},
		{"add between other tables", one + "\n[audit]\n", addKey(profile.APIKey{Name: "z"}), one + "\n[audit]\n\n[[http.api_keys]]\nname = \"z\"\nsha256 = \"" + zero + "\"\n"},
		{"remove the first", person + "\n# keys\n\n# of one\n" + one + "# more of one\n\n# of two\n" + two, removeKey("one"), person + "\n# keys\n\n# of two\n" + two},
		{"remove the last", one + "\n" + two + "\n[audit]\nfatal = true\n", removeKey("two"), one + "\n[audit]\nfatal = true\n"},
		{"remove one between others", one + two + keyBlock("three", "3"), removeKey("two"), one + keyBlock("three", "3")},
		{"remove one with an expiry", one + two + "expires = 2031-01-31\n", removeKey("one"), two + "expires = 2031-01-31\n"},
		{"remove the only one where people sign in", callers + oauth + "\n" + one, removeKey("one"), callers + oauth},
	} {
		path := write(t, row.src)
		if err := profile.Edit(path, row.change); err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != row.want {
			t.Errorf("%s: got %v\n%s\nwant\n%s", row.name, err, got, row.want)
		}
	}
}

func TestEditorRefusesKeys(t *testing.T) {
	t.Parallel()
	one, two := keyBlock("one", "1"), keyBlock("two", "2")
	const byHand = "is written as an inline table or with a dotted key, which this command does not change; "
	inline := "[http]\napi_keys = [{ name = \"one\", sha256 = \"" + zeros + "\" }]\n"
	for _, row := range []struct {
		name, src string
		change    func(*profile.Editor) error
		want      string
	}{
		{"a name that is taken", one, addKey(profile.APIKey{Name: "one"}), "config.toml:1: http.api_keys[0]: there is a key of that name already; choose another name, or revoke that one first: microsoft-mcp-server key revoke one"},
		{"a name that is none", one, addKey(profile.APIKey{Name: "a\"\n[http]"}), "that is not a name for a key; use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"},
		{"the environment's name", one, addKey(profile.APIKey{Name: "MCP_API_KEY"}), "http.api_keys[1].name: the name is taken; give each key its own"},
		{"an unknown profile", person, addKey(profile.APIKey{Name: "one", Profiles: []string{"contosso"}}), `http.api_keys[0].profiles[0]: there is no profile "contosso"; did you mean "contoso"? the profiles are contoso`},
		{"lines in a profile's name", person, addKey(profile.APIKey{Name: "one", Profiles: []string{"x\"]\nread_only = false\n#"}}), "that is not a name for a profile; use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"},
		{"no text in a profile's name", person, addKey(profile.APIKey{Name: "one", Profiles: []string{"\xff"}}), "that is not a name for a profile; use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"},
		{"add beside inline ones", inline, addKey(profile.APIKey{Name: "two"}), "config.toml:2: http.api_keys: " + byHand + "write each key as [[http.api_keys]]"},
		{"add to an inline table", "http = { listen = \"127.0.0.1:1\" }", addKey(profile.APIKey{Name: "two"}), "config.toml:1: http.api_keys: " + byHand + "write each key as [[http.api_keys]]"},
		{"remove an inline one", inline, removeKey("one"), "config.toml:2: http.api_keys: " + byHand + "remove it by hand"},
		{"remove an unknown one", one + two, removeKey("ones"), `config.toml: there is no API key of that name; did you mean "one"? the keys are one, two`},
		{"remove from none", person, removeKey("one"), "config.toml: there is no API key of that name; the file has none"},
		{"remove the environment's", one, removeKey("MCP_API_KEY"), "config.toml: there is no API key of that name; the key of the environment ends with the variable: unset MCP_API_KEY"},
		{"remove the only one", one, removeKey("one"), "config.toml:1: http.api_keys[0]: is the only key: without it, anybody could call who reaches the endpoint; make another one first: microsoft-mcp-server key create NAME"},
		{"remove a profile that tokens open", callers + app + entra, remove("people"), "config.toml:18: http.entra.grants[0].profiles: names the profile; remove it there first, or name another profile"},
		{"remove a profile that people sign in to", callers + app + oauth, remove("people"), "config.toml:14: http.oauth.profile: names the profile; remove it there first, or name another profile"},
	} {
		path := write(t, row.src)
		if got := message(profile.Edit(path, row.change)); got != row.want {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, got, row.want)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != row.src {
			t.Errorf("%s: the file was changed to\n%s", row.name, got)
		}
	}
}
