package cli

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// passwordsOf is what Graph says of an app's client secrets.
// https://learn.microsoft.com/graph/api/resources/passwordcredential
type passwordsOf struct {
	Passwords []struct {
		Hint string    `json:"hint"` // the first three characters
		Ends time.Time `json:"endDateTime"`
	} `json:"passwordCredentials"`
}

// secretEnds asks Graph when the client secret of a profile expires: zero where it does not tell, as most apps may not
// look at themselves, or where several secrets could be meant.
func secretEnds(ctx context.Context, p part, caller graph.Caller) (time.Time, error) {
	held, err := p.secret.Read(ctx)
	if err != nil {
		return time.Time{}, err
	}
	endpoints, err := graph.NewEndpoints(p.profile.Cloud.Graph, p.profile.Cloud.ResourceManager)
	if err != nil {
		return time.Time{}, err
	}
	request, err := endpoints.NewRequest(graph.Params{Path: "/applications(appId='" + p.profile.ClientID + "')", Query: map[string]string{"$select": "passwordCredentials"}})
	if err != nil {
		return time.Time{}, err
	}
	answer, err := caller.Do(ctx, request)
	if err != nil {
		return time.Time{}, err
	}
	var said passwordsOf
	if err := json.Unmarshal(answer.Body, &said); err != nil {
		return time.Time{}, err
	}
	var ends time.Time
	for _, one := range said.Passwords {
		if len(one.Hint) < 3 || !strings.HasPrefix(held.Reveal(), one.Hint) {
			continue
		}
		if !ends.IsZero() {
			return time.Time{}, nil // two begin alike
		}
		ends = one.Ends
	}
	return ends, nil
}
