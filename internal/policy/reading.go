package policy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// readingPosts are the POSTs of Graph that only read: they take their question in the body. A "*" stands for one
// segment, and "…" for the rest of a name. They are compared from the root, because anything may be called
// getSchedule: a file, a folder, a list. The name behind each is its page below https://learn.microsoft.com/graph/api/.
//
// Not among them, though their names sound like it: driveItem extractSensitivityLabels (it updates the item's
// metadata), onlineMeetings createOrGet (creates), security/auditLog/queries and reports/exportJobs (each leaves
// an object behind), workbook functions and createSession (they want Files.ReadWrite),
// getPasswordSingleSignOnCredentials (hands out a password).
var readingPosts = splitAll(
	"$batch",       // each item is judged on its own: https://learn.microsoft.com/graph/json-batching
	"search/query", // search-query
	// directoryobject-getmembergroups, …-getmemberobjects, …-checkmembergroups, …-checkmemberobjects
	"me/getmembergroups", "me/getmemberobjects", "me/checkmembergroups", "me/checkmemberobjects",
	"users/*/getmembergroups", "users/*/getmemberobjects", "users/*/checkmembergroups", "users/*/checkmemberobjects",
	"groups/*/getmembergroups", "groups/*/getmemberobjects", "groups/*/checkmembergroups", "groups/*/checkmemberobjects",
	"serviceprincipals/*/getmembergroups", "serviceprincipals/*/getmemberobjects", "serviceprincipals/*/checkmembergroups", "serviceprincipals/*/checkmemberobjects",
	"applications/*/getmembergroups", "applications/*/getmemberobjects", "applications/*/checkmembergroups", "applications/*/checkmemberobjects",
	"devices/*/getmembergroups", "devices/*/getmemberobjects", "devices/*/checkmembergroups", "devices/*/checkmemberobjects",
	"contacts/*/getmembergroups", "contacts/*/getmemberobjects", "contacts/*/checkmembergroups", "contacts/*/checkmemberobjects",
	"directoryobjects/*/getmembergroups", "directoryobjects/*/getmemberobjects", "directoryobjects/*/checkmembergroups", "directoryobjects/*/checkmemberobjects",
	"directoryobjects/getbyids", "users/getbyids", "groups/getbyids", // directoryobject-getbyids
	"directoryobjects/validateproperties", "groups/*/validateproperties", // directoryobject-validateproperties, group-validateproperties
	"directoryobjects/getavailableextensionproperties", // directoryobject-getavailableextensionproperties
	// calendar-getschedule
	"me/calendar/getschedule", "me/calendars/*/getschedule", "me/calendargroups/*/calendars/*/getschedule",
	"users/*/calendar/getschedule", "users/*/calendars/*/getschedule", "users/*/calendargroups/*/calendars/*/getschedule",
	"me/findmeetingtimes", "users/*/findmeetingtimes", // user-findmeetingtimes
	"me/getmailtips", "users/*/getmailtips", // user-getmailtips
	"me/translateexchangeids", "users/*/translateexchangeids", // user-translateexchangeids
	"communications/getpresencesbyuserid",                // cloudcommunications-getpresencesbyuserid
	"solutions/bookingbusinesses/*/getstaffavailability", // bookingbusiness-getstaffavailability
	// notebook-getnotebookfromweburl
	"me/onenote/notebooks/getnotebookfromweburl", "users/*/onenote/notebooks/getnotebookfromweburl",
	"groups/*/onenote/notebooks/getnotebookfromweburl", "sites/*/onenote/notebooks/getnotebookfromweburl",
	// driveitem-preview: a short-lived link for whoever may read the item; by ID alone, where no name can interfere
	"me/drive/items/*/preview", "users/*/drive/items/*/preview", "groups/*/drive/items/*/preview",
	"sites/*/drive/items/*/preview", "drives/*/items/*/preview", "shares/*/driveitem/preview",
	"security/runhuntingquery",            // security-security-runhuntingquery: KQL, which only reads
	"identity/conditionalaccess/evaluate", // conditionalaccessroot-evaluate: What If
	"identitygovernance/entitlementmanagement/accesspackages/*/getapplicablepolicyrequirements", // accesspackage-getapplicablepolicyrequirements
	"devicemanagement/reports/get…", // resources/intune-reporting-devicemanagementreports: each get… is an action that returns a stream
	"copilot/retrieval",             // https://learn.microsoft.com/microsoft-365-copilot/extensibility/api/ai-services/retrieval/overview
)

// readingARMPosts are those of Azure Resource Manager.
var readingARMPosts = splitAll(
	"providers/microsoft.resourcegraph/resources", // https://learn.microsoft.com/rest/api/azureresourcegraph/resourcegraph/resources/resources
)

func splitAll(paths ...string) [][]string {
	all := make([][]string, len(paths))
	for i, path := range paths {
		all[i] = strings.Split(path, "/")
	}
	return all
}

// changes returns a reading of c in which it can change something; ok is false where there is none.
//
// A GET counts as reading, although two of Graph's leave something behind: a person's drive is provisioned when it
// is first asked for (drive-get), and so is an app's folder in it (drive-get-specialfolder).
func changes(c subject) (reading graph.Reading, ok bool) {
	if c.method == http.MethodGet {
		return nil, false
	}
	for _, reading := range c.readings {
		if c.method != http.MethodPost || !isReadingPost(c.api, reading) && !isCastOfOne(c, reading) {
			return reading, true
		}
	}
	return nil, false
}

func isReadingPost(api graph.API, reading graph.Reading) bool {
	posts := readingPosts
	if api == graph.ResourceManager {
		posts = readingARMPosts
	}
	return slices.ContainsFunc(posts, func(post []string) bool {
		return slices.EqualFunc(post, reading, func(want, got string) bool {
			prefix, open := strings.CutSuffix(want, "…")
			return want == "*" || want == got || open && strings.HasPrefix(got, prefix)
		})
	})
}

// isCastOfOne tells whether a reading is one of those that a qualified name adds, /me/calendar/microsoft.graph.getSchedule
// for one: the name as it stands, and none, as if it were a type cast. No type is called like an action.
func isCastOfOne(c subject, reading graph.Reading) bool {
	return slices.ContainsFunc(c.readings, func(other graph.Reading) bool {
		if len(other) == 0 || !isReadingPost(c.api, other) {
			return false
		}
		head, name := other[:len(other)-1], other[len(other)-1]
		whole := slices.IndexFunc(c.readings, func(r graph.Reading) bool {
			return len(r) == len(other) && slices.Equal(r[:len(head)], head) && isQualified(r[len(head)], name)
		})
		return whole >= 0 && (slices.Equal(reading, head) || slices.Equal(reading, c.readings[whole]))
	})
}

func isQualified(word, name string) bool {
	return strings.HasSuffix(word, "."+name) && (strings.HasPrefix(word, "microsoft.graph.") || strings.HasPrefix(word, "graph."))
}
