package tools

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// PeopleBeginning returns the user principal names of people whose name or address begins so, as far as the profile may see
// them without anybody being asked to sign in; none where it may not. It is for completing what a person types.
func PeopleBeginning(ctx context.Context, p *Profile, a Asker, begun string) []string {
	begun = strings.TrimSpace(begun)
	if begun == "" || len(begun) > 60 || !p.could(http.MethodGet, "/users") {
		return nil
	}
	if _, err := p.Status(ctx); err != nil { // the call itself might begin a sign-in
		return nil
	}
	literal := "'" + strings.ReplaceAll(begun, "'", "''") + "'"
	request, err := p.Endpoints.NewRequest(graph.Params{API: graph.Graph, Version: graph.V1, Method: http.MethodGet, Path: "/users", Query: map[string]string{
		"$select": "userPrincipalName", "$top": "10", "$filter": "startswith(displayName," + literal + ") or startswith(surname," + literal + ") or startswith(userPrincipalName," + literal + ")"}})
	if err != nil {
		return nil
	}
	response, err := p.Guarded(a).Do(ctx, request)
	if err != nil {
		return nil
	}
	var list struct {
		Value []struct {
			UserPrincipalName string `json:"userPrincipalName"`
		} `json:"value"`
	}
	if json.Unmarshal(response.Body, &list) != nil {
		return nil
	}
	names := make([]string, 0, len(list.Value))
	for _, user := range list.Value {
		names = append(names, user.UserPrincipalName)
	}
	return names
}
