package graph

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
)

var claimsParameter = regexp.MustCompile(`(?i)\bclaims="([^"]*)"`)

// claimsChallenge returns the decoded claims of a continuous access evaluation challenge, or "". Services
// encode them in any of base64's four ways.
// https://learn.microsoft.com/entra/identity-platform/claims-challenge
func claimsChallenge(headers []string) string {
	for _, header := range headers {
		if !strings.Contains(header, "insufficient_claims") {
			continue
		}
		m := claimsParameter.FindStringSubmatch(header)
		if m == nil {
			continue
		}
		text := strings.TrimRight(m[1], "=")
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if claims, err := encoding.DecodeString(text); err == nil && json.Valid(claims) {
				return string(claims)
			}
		}
	}
	return ""
}
