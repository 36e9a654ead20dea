package graphsim_test

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
)

// The document that describes the service is for everybody, and only to be read.
func TestMetadata(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, version := range []string{"v1.0", "beta"} {
		a := r.as("").get("/" + version + "/$metadata").ok(http.StatusOK)
		if got := a.header.Get("Content-Type"); got != "application/xml" {
			t.Errorf("%s: got content type %s", version, got)
		}
		var document struct {
			Schemas []struct {
				Namespace   string `xml:"Namespace,attr"`
				EntityTypes []struct {
					Name string `xml:"Name,attr"`
				} `xml:"EntityType"`
			} `xml:"DataServices>Schema"`
		}
		if err := xml.Unmarshal(a.raw, &document); err != nil || len(document.Schemas) < 4 || document.Schemas[0].Namespace != "microsoft.graph" || len(document.Schemas[0].EntityTypes) < 250 {
			t.Errorf("%s: got %d schemas, %v", version, len(document.Schemas), err)
		}
	}
	r.as("").do(http.MethodPost, "/v1.0/$metadata", nil).refused(http.StatusMethodNotAllowed, "Request_BadRequest", "")
	r.as("").get("/v2.0/$metadata").refused(http.StatusBadRequest, "BadRequest", "Invalid version")
	r.as("").get("/v1.0/$metadata/users").refused(http.StatusUnauthorized, "InvalidAuthenticationToken", "")
}

// Every property that the document has may be asked for, and no other.
func TestSelectKnowsTheModel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.get("/v1.0/users?$top=1&$select=id,employeeLeaveDateTime,onPremisesSyncEnabled,isManagementRestricted").ok(http.StatusOK)
	r.get("/v1.0/groups?$top=1&$select=id,unseenCount,isSubscribedByMail").ok(http.StatusOK)
	r.get("/v1.0/security/alerts_v2"+query("$filter", "loudness gt 3")).refused(http.StatusBadRequest, "BadRequest", "Could not find a property named 'loudness'")
	r.get("/v1.0/users/"+strings.Repeat("a", 8)+"/todo/lists?$orderby=colour").refused(http.StatusNotFound, "ErrorInvalidUser", "aaaaaaaa")
}
