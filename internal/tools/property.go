package tools

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sapientsai/microsoft-mcp-server/internal/graph"
)

// The ways in which Graph says that there is no such property: of a query or a body with its type, and of a
// directory object's body without.
var (
	noSuchProperty  = late(`(?i)(?:could not find a property named|the property) '([^']{1,100})' (?:does not exist )?on type '(?:microsoft\.graph\.)?([\w.]{1,100})'`)
	invalidProperty = late(`(?i)invalid property '([^']{1,100})'`)
)

// late compiles a pattern when it is first needed: counted repetitions take long, and most servers never do.
func late(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// wrongProperty is a property that there is none of.
type wrongProperty struct{ name, kind string }

// unknownProperty reads a refusal; nil where it is about something else.
func unknownProperty(r *graph.Request, message string) *wrongProperty {
	if m := noSuchProperty().FindStringSubmatch(message); m != nil {
		return &wrongProperty{name: m[1], kind: m[2]}
	}
	if m := invalidProperty().FindStringSubmatch(message); m != nil {
		return &wrongProperty{name: m[1], kind: kindAt(r.Readings()[0])}
	}
	return nil
}

// kindAt returns the type of what a path leads to, as far as its segments name it: users and users/{id} hold a user.
func kindAt(path []string) string {
	for i := len(path) - 1; i >= 0 && i >= len(path)-2; i-- {
		kind := strings.TrimSuffix(path[i], "s")
		switch {
		case path[i] == "me" || path[i] == "manager":
			kind = "user"
		case path[i] == "children" || path[i] == "items" && (slices.Contains(path, "drive") || slices.Contains(path, "drives")):
			kind = "driveitem"
		case path[i] == "items":
			kind = "listitem"
		}
		if _, known := properties()[kind]; known {
			return kind
		}
	}
	return ""
}

// hint says which property was meant, and else which there are; "" where that is not known. What the types used
// most have is known here; for the others one item is read, and tells.
func (w *wrongProperty) hint(ctx context.Context, c Call, r *graph.Request) string {
	names := strings.Fields(properties()[strings.ToLower(w.kind[strings.LastIndexByte(w.kind, '.')+1:])])
	if len(names) == 0 && r.Method() == http.MethodGet {
		names = memberNames(fetch(ctx, c, r, map[string]string{"$top": "1"}))
	}
	if len(names) == 0 {
		return ""
	}
	if meant := meantBy(w.name, names); meant != "" {
		where := "$select, $filter, $orderby or $expand"
		if r.Method() != http.MethodGet {
			where = "the body"
		}
		return "the property is called " + quote(meant) + "; correct it in " + where
	}
	kind := w.kind
	if kind == "" {
		kind = "the item"
	}
	const most = 60
	return kind + " has no such property; it has " + strings.Join(names[:min(most, len(names))], ", ")
}

// meantBy returns the name that a wrong one stands for: the nearest, or the first that contains it.
func meantBy(name string, names []string) string {
	if meant := nearest(name, names); meant != "" {
		return meant
	}
	for _, candidate := range names {
		if a, b := strings.ToLower(name), strings.ToLower(candidate); len(a) > 2 && (strings.Contains(b, a) || strings.Contains(a, b) && len(b) > 3) {
			return candidate
		}
	}
	return ""
}

// memberNames returns the names of the members of a body's first element, or of the body itself.
func memberNames(body []byte) []string {
	var list struct{ Value []map[string]json.RawMessage }
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &list) == nil && len(list.Value) > 0 {
		members = list.Value[0]
	} else if json.Unmarshal(body, &members) != nil || members["value"] != nil {
		return nil
	}
	names := slices.Sorted(maps.Keys(members))
	return slices.DeleteFunc(names, func(name string) bool { return strings.Contains(name, "@") })
}

// properties are those of the types that are asked for most, by the type's name in lower case:
// https://learn.microsoft.com/graph/api/overview
func properties() map[string]string {
	const file = "id name size webUrl createdDateTime lastModifiedDateTime createdBy lastModifiedBy parentReference file folder description eTag cTag deleted " +
		"fileSystemInfo image location package photo audio video remoteItem root searchResult shared sharepointIds specialFolder publication malware bundle pendingOperations"
	const event = "id subject start end location locations attendees organizer body bodyPreview isAllDay isCancelled isOnlineMeeting isOrganizer onlineMeeting " +
		"onlineMeetingProvider onlineMeetingUrl recurrence seriesMasterId type showAs sensitivity importance categories hasAttachments responseStatus " +
		"responseRequested reminderMinutesBeforeStart isReminderOn createdDateTime lastModifiedDateTime iCalUId webLink transactionId originalStart " +
		"originalStartTimeZone originalEndTimeZone allowNewTimeProposals hideAttendees isDraft changeKey"
	return map[string]string{
		"user": "id displayName givenName surname userPrincipalName mail mailNickname otherMails proxyAddresses jobTitle department companyName officeLocation " +
			"businessPhones mobilePhone faxNumber accountEnabled userType employeeId employeeType employeeHireDate employeeOrgData city country state streetAddress " +
			"postalCode usageLocation preferredLanguage createdDateTime deletedDateTime lastPasswordChangeDateTime signInActivity assignedLicenses assignedPlans " +
			"licenseAssignmentStates creationType externalUserState identities imAddresses onPremisesSyncEnabled onPremisesSamAccountName onPremisesImmutableId " +
			"onPremisesDomainName onPremisesDistinguishedName onPremisesLastSyncDateTime onPremisesExtensionAttributes passwordPolicies passwordProfile " +
			"ageGroup aboutMe birthday interests skills schools responsibilities manager directReports memberOf",
		"message": "id subject from sender toRecipients ccRecipients bccRecipients replyTo receivedDateTime sentDateTime body bodyPreview uniqueBody isRead isDraft " +
			"hasAttachments importance categories flag conversationId conversationIndex internetMessageId internetMessageHeaders parentFolderId createdDateTime " +
			"lastModifiedDateTime inferenceClassification isReadReceiptRequested isDeliveryReceiptRequested webLink changeKey attachments",
		"event":     event,
		"driveitem": file,
		"group": "id displayName description mail mailNickname mailEnabled securityEnabled groupTypes visibility createdDateTime deletedDateTime renewedDateTime " +
			"expirationDateTime membershipRule membershipRuleProcessingState proxyAddresses classification isAssignableToRole assignedLicenses assignedLabels " +
			"resourceProvisioningOptions onPremisesSyncEnabled preferredDataLocation theme members owners",
		"site":       "id name displayName description webUrl createdDateTime lastModifiedDateTime root sharepointIds siteCollection isPersonalSite",
		"list":       "id name displayName description webUrl createdDateTime lastModifiedDateTime createdBy lastModifiedBy list parentReference system columns items",
		"listitem":   "id fields webUrl createdDateTime lastModifiedDateTime createdBy lastModifiedBy contentType parentReference eTag driveItem",
		"contact":    "id displayName givenName surname emailAddresses businessPhones homePhones mobilePhone companyName jobTitle department officeLocation birthday businessAddress homeAddress otherAddress categories personalNotes nickName title parentFolderId createdDateTime lastModifiedDateTime",
		"mailfolder": "id displayName parentFolderId childFolderCount unreadItemCount totalItemCount isHidden",
		"calendar":   "id name color hexColor isDefaultCalendar canEdit canShare canViewPrivateItems owner isRemovable changeKey",
	}
}
