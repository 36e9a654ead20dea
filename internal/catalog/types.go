package catalog

import (
	"slices"
	"strings"
	"unicode"

	"github.com/sapientsai/microsoft-mcp-server/internal/schema"
)

// mostTypeWords is how many words a type's name has at most; people say "risk level" for riskLevel.
const mostTypeWords = 8

// TypeNamed returns the type of a model, an enumeration too, whose name is all that a request says: riskLevel, "risk level",
// "the values of riskLevel".
func TypeNamed(m *schema.Model, request string) (schema.Type, bool) {
	if m == nil {
		return schema.Type{}, false
	}
	words := strings.FieldsFunc(cutText(request, longestRequest), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '_' })
	const about = " the a an of type types enum enums enumeration values value properties property members resource entity what which is are can have "
	words = slices.DeleteFunc(words, func(w string) bool { return len(words) > 1 && isAmong(about, strings.ToLower(w)) })
	if len(words) == 0 || len(words) > mostTypeWords {
		return schema.Type{}, false
	}
	return m.Type(strings.Join(words, ""))
}
