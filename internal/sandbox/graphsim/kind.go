package graphsim

import (
	"maps"
	"slices"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/csdl"
)

// kind is a type of resources: what an answer shows of one, and what can be asked about it.
type kind struct {
	name     string   // microsoft.graph.<name>
	area     area     //
	defaults []string // what v1.0 shows unasked; nil means everything but hidden
	hidden   []string // shown only when selected or expanded
	internal []string // ours, never shown in v1.0
	page     int      // the usual number on a page
	most     int      // the greatest $top

	known   map[string]string    // folded name -> name of each property
	blank   Entity               // a new resource before anything is set
	expand  map[string]expansion // by folded name
	present func(*call, Entity, Entity)
	open    bool // has any property
}

// expansion is what a navigation property leads to. of returns false for one where there is none.
type expansion struct {
	name string
	many func(*Graph, Entity) []thing
	one  func(*Graph, Entity) (thing, bool)
}

// thing is an entity and its kind.
type thing struct {
	entity Entity
	kind   *kind
}

type kinds struct {
	user, group, object, role, organization, domain, sku, application, servicePrincipal *kind
	message, mailFolder, attachment, calendar, event, contact                           *kind
	drive, item, site, list, listItem                                                   *kind
	fields                                                                              *kind // the columns of a list item
	signIn, audit                                                                       *kind

	shelved map[string]*kind // of what is on the shelves, by name
}

func newKinds(c *company.Company) *kinds {
	k := &kinds{
		user:   &kind{name: "user", defaults: words("businessPhones displayName givenName jobTitle mail mobilePhone officeLocation preferredLanguage surname userPrincipalName id"), hidden: words("signInActivity")},
		group:  &kind{name: "group", defaults: words(groupDefaults)},
		object: &kind{name: "directoryObject"}, role: &kind{name: "directoryRole"},
		organization: &kind{name: "organization"}, domain: &kind{name: "domain"}, sku: &kind{name: "subscribedSku"},
		application: &kind{name: "application"}, servicePrincipal: &kind{name: "servicePrincipal"},
		message:    &kind{name: "message", area: outlook, hidden: words("internetMessageHeaders uniqueBody")},
		mailFolder: &kind{name: "mailFolder", area: outlook, internal: words("wellKnownName")},
		attachment: &kind{name: "attachment", area: outlook, hidden: words("item")},
		calendar:   &kind{name: "calendar", area: outlook},
		event:      &kind{name: "event", area: outlook, internal: words("calendarId")},
		contact:    &kind{name: "contact", area: outlook},
		drive:      &kind{name: "drive", area: files}, item: &kind{name: "driveItem", area: files},
		site: &kind{name: "site", area: files}, list: &kind{name: "list", area: files},
		listItem: &kind{name: "listItem", area: files, hidden: words("fields")},
		fields:   &kind{name: "fieldValueSet", area: files, open: true},
		signIn:   &kind{name: "signIn"}, audit: &kind{name: "directoryAudit"},
		shelved: map[string]*kind{},
	}
	for _, s := range shelves() {
		k.shelved[s.kind] = &kind{name: s.kind, area: s.area}
	}
	k.shelved["onenotePage"].internal = words("content")
	declared, err := csdl.Properties()
	if err != nil {
		panic(err) // the model is part of the program; a test reads it
	}
	for _, each := range k.all() {
		each.known, each.blank, each.expand = map[string]string{}, Entity{}, map[string]expansion{}
		switch each.area {
		case directory:
			each.page, each.most = 100, 999
		case outlook:
			each.page, each.most = 10, 1000
		case files:
			each.page, each.most = 200, 5000
		case service:
			each.page, each.most = 100, 999
		}
		each.learn(declared[each.name]...)
		each.learn(words(staticProperties(each.name))...)
		each.learn(each.defaults...)
	}
	k.contact.page = 10
	k.attachment.page = 1000
	k.learn(c)
	k.connect()
	return k
}

func (k *kinds) all() []*kind {
	shelved := slices.Collect(maps.Values(k.shelved))
	return append(shelved, k.user, k.group, k.object, k.role, k.organization, k.domain, k.sku, k.application, k.servicePrincipal, k.message, k.mailFolder,
		k.attachment, k.calendar, k.event, k.contact, k.drive, k.item, k.site, k.list, k.listItem, k.fields, k.signIn, k.audit)
}

// learn takes the properties of a type from the resources there are.
func (k *kinds) learn(c *company.Company) {
	k.user.learnFrom(c.Users)
	k.group.learnFrom(c.Groups)
	k.role.learnFrom(c.DirectoryRoles)
	k.organization.learnFrom([]Entity{c.Organization})
	k.domain.learnFrom(c.Domains)
	k.sku.learnFrom(c.SubscribedSkus)
	k.application.learnFrom(c.Applications)
	k.servicePrincipal.learnFrom(c.ServicePrincipals)
	for _, each := range []*kind{k.user, k.group, k.role, k.organization, k.application, k.servicePrincipal} {
		maps.Copy(k.object.known, each.known)
	}
	for owned, each := range map[*kind]map[string][]Entity{k.message: c.Messages, k.mailFolder: c.MailFolders, k.attachment: c.Attachments,
		k.calendar: c.Calendars, k.event: c.Events, k.contact: c.Contacts, k.list: c.Lists, k.listItem: c.ListItems} {
		for _, list := range each {
			owned.learnFrom(list)
		}
	}
	for _, items := range c.ListItems {
		for _, item := range items {
			if fields, ok := item["fields"].(map[string]any); ok {
				k.fields.learnFrom([]Entity{fields})
			}
		}
	}
	for _, s := range shelves() {
		k.shelved[s.kind].learnFrom(c.Shelves[s.pattern])
	}
	k.drive.learnFrom(c.Drives)
	k.site.learnFrom(c.Sites)
	for _, items := range c.Items {
		for _, item := range items {
			k.item.learnFrom([]Entity{item.Entity})
		}
	}
}

func (k *kind) learn(names ...string) {
	for _, name := range names {
		k.known[strings.ToLower(name)] = name
	}
}

func (k *kind) learnFrom(list []Entity) {
	for _, e := range list {
		for name, value := range e {
			k.learn(name)
			switch value.(type) {
			case []any:
				k.blank[name] = []any{}
			case bool:
				k.blank[name] = false
			default:
				if _, has := k.blank[name]; !has {
					k.blank[name] = nil
				}
			}
		}
	}
}

// property returns the name of a property in its proper case.
func (k *kind) property(name string) (string, bool) {
	proper, ok := k.known[strings.ToLower(name)]
	if !ok && k.open {
		return name, true
	}
	return proper, ok && !slices.Contains(k.internal, proper)
}

// shows tells whether a property is shown unasked.
func (k *kind) shows(version, name string) bool {
	if slices.Contains(k.hidden, name) {
		return false
	}
	if version == "beta" {
		return !slices.Contains(k.internal, name) || name == "wellKnownName"
	}
	if k.defaults != nil {
		return slices.Contains(k.defaults, name)
	}
	return !slices.Contains(k.internal, name)
}

func words(s string) []string { return strings.Fields(s) }

const groupDefaults = "id deletedDateTime classification createdDateTime creationOptions description displayName expirationDateTime groupTypes " +
	"isAssignableToRole mail mailEnabled mailNickname membershipRule membershipRuleProcessingState onPremisesDomainName onPremisesLastSyncDateTime " +
	"onPremisesNetBiosName onPremisesSamAccountName onPremisesSecurityIdentifier onPremisesSyncEnabled preferredDataLocation preferredLanguage " +
	"proxyAddresses renewedDateTime resourceBehaviorOptions resourceProvisioningOptions securityEnabled securityIdentifier theme uniqueName visibility " +
	"onPremisesProvisioningErrors serviceProvisioningErrors"

// staticProperties names properties that a type has even where no resource of the company shows them.
func staticProperties(name string) string {
	switch name {
	case "user":
		return "accountEnabled ageGroup assignedLicenses assignedPlans city companyName country createdDateTime creationType department employeeId employeeType " +
			"mailNickname otherMails passwordProfile passwordPolicies postalCode proxyAddresses signInActivity state streetAddress usageLocation userType " +
			"aboutMe birthday hireDate interests mailboxSettings mySite pastProjects preferredName responsibilities schools skills customSecurityAttributes employeeLeaveDateTime"
	case "group":
		return "assignedLabels assignedLicenses hasMembersWithLicenseErrors isArchived allowExternalSenders autoSubscribeNewMembers hideFromAddressLists unseenCount"
	case "message":
		return "id subject body bodyPreview from sender toRecipients ccRecipients bccRecipients replyTo receivedDateTime sentDateTime createdDateTime lastModifiedDateTime " +
			"changeKey categories hasAttachments internetMessageId importance parentFolderId conversationId conversationIndex isDeliveryReceiptRequested " +
			"isReadReceiptRequested isRead isDraft webLink inferenceClassification flag uniqueBody internetMessageHeaders"
	case "event":
		return "id subject body bodyPreview start end location locations attendees organizer isAllDay isCancelled isOrganizer isOnlineMeeting onlineMeeting onlineMeetingProvider " +
			"onlineMeetingUrl recurrence seriesMasterId type showAs sensitivity importance categories changeKey createdDateTime lastModifiedDateTime iCalUId webLink " +
			"hasAttachments isReminderOn reminderMinutesBeforeStart responseRequested responseStatus allowNewTimeProposals hideAttendees originalStartTimeZone " +
			"originalEndTimeZone originalStart transactionId occurrenceId isDraft"
	case "mailFolder":
		return "id displayName parentFolderId childFolderCount unreadItemCount totalItemCount isHidden sizeInBytes wellKnownName"
	case "attachment":
		return "id name contentType size isInline lastModifiedDateTime contentId contentLocation contentBytes item"
	case "contact":
		return "id displayName givenName surname emailAddresses businessPhones homePhones mobilePhone companyName jobTitle department birthday categories changeKey " +
			"createdDateTime lastModifiedDateTime parentFolderId fileAs initials middleName nickName title imAddresses businessAddress homeAddress otherAddress " +
			"businessHomePage assistantName manager spouseName children personalNotes officeLocation profession generation yomiCompanyName yomiGivenName yomiSurname"
	case "calendar":
		return "id name color hexColor isDefaultCalendar changeKey canShare canViewPrivateItems canEdit owner allowedOnlineMeetingProviders defaultOnlineMeetingProvider isTallyingResponses isRemovable"
	case "driveItem":
		return "id name size file folder package parentReference webUrl webDavUrl createdDateTime lastModifiedDateTime createdBy lastModifiedBy eTag cTag fileSystemInfo " +
			"root shared specialFolder deleted description image photo audio video location remoteItem searchResult sharepointIds publication malware bundle " +
			"retentionLabel source children thumbnails permissions versions @microsoft.graph.downloadUrl content.downloadUrl"
	case "listItem":
		return "id contentType createdBy createdDateTime eTag fields lastModifiedBy lastModifiedDateTime parentReference sharepointIds webUrl name description"
	case "signIn":
		return "id createdDateTime userDisplayName userPrincipalName userId appId appDisplayName ipAddress clientAppUsed correlationId conditionalAccessStatus isInteractive status location"
	case "directoryAudit":
		return "id category correlationId result resultReason activityDisplayName activityDateTime loggedByService operationType initiatedBy targetResources additionalDetails"
	}
	return "id displayName"
}
