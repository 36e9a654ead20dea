// Package company invents the tenant that the sandbox simulates: Merisand Instruments, a maker of instruments
// that measure the sea, with its people, groups, mail, calendars, drives and sites.
//
// Everything is made by code from fixed seeds, in the shape in which Microsoft Graph returns it. Identities,
// names and texts are always the same; times lie around the moment given to [New].
package company

import (
	"sync"
	"time"
)

// The tenant's identities. They are the same in every sandbox, so that tests may name them.
const (
	Name           = "Merisand Instruments"
	TenantID       = "4f1d2c7a-93b8-4e60-a5d1-7c0e8b26f394"
	TenantDomain   = "merisand.onmicrosoft.com"
	Domain         = "merisand.example" // the verified, default domain: the part behind @ of every employee
	SharePointHost = "merisand.sharepoint.com"
	OneDriveHost   = "merisand-my.sharepoint.com"

	AdminID  = "0d5b9e52-6a1c-4c3f-8e77-21f4ab90d6c8" // a global administrator, with a mailbox, a calendar and a OneDrive
	AdminUPN = "katarzyna.zielinska@" + Domain
	CEOID    = "a3c7f810-2b4e-4f0d-9d15-6e8470bc52f1" // the root of the manager tree
	CEOUPN   = "ingrid.soederstroem@" + Domain
	MemberID = "c81e2d94-57f3-4b6a-b0c9-3fd65a1e7720" // an engineer without a directory role, with a mailbox and a OneDrive

	MemberUPN = "seamus.oshea@" + Domain

	DisabledUPN   = "zuzanna.dabrowska@" + Domain // an employee whose account is disabled
	BlockedUPN    = "ruediger.weiss@" + Domain    // an employee whom Conditional Access does not let in
	UnapprovedUPN = "emre.asmussen@" + Domain     // an employee for whom an administrator has to consent to everything

	PersonalUPN = "otter@personal.example" // a personal Microsoft account, which is none of the tenant's
	PersonalID  = "00000000-0000-0000-5e7a-0d1c92b84f36"

	ClientID          = "6b2e9d34-18c5-4a7f-b9e0-5d41c3f7a826" // an app with the permissions that [AppRoles] lists
	ClientName        = "Merisand Assistant"
	LimitedClientID   = "e94f07c1-6d2a-4583-9b7e-0c18d5a2f463" // an app that may read users and nothing else
	LimitedClientName = "Phone Directory"
	DisabledClientID  = "2c70a8f5-e1b4-49d6-8a03-9f6e7d215bc0" // an app whose service principal is disabled
	DisabledName      = "Old Intranet Connector"
	DesktopClientID   = "51b7e0c9-3fd8-4a26-8e14-97a2c05d6f3b" // a public app for desktops, for accounts of every kind
	DesktopName       = "Merisand Desk"
	KioskClientID     = "f27a4d18-90ce-4b53-a1d7-6e3858bc0492" // a public app of this tenant alone, with no redirect to localhost
	KioskName         = "Lobby Kiosk"

	SystemIdentityClientID = "d9036ea5-4c21-47b8-9f60-2a8be17c53d4" // a managed identity that belongs to one machine
	UserIdentityClientID   = "7ac45f02-b86d-4e19-85c3-1f90d2e764ab" // a managed identity of its own, under UserIdentityResourceID
	UserIdentityResourceID = "/subscriptions/" + SubscriptionID + "/resourcegroups/rg-telemetry-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/buoy-reader"

	GraphAppID           = "00000003-0000-0000-c000-000000000000" // Microsoft Graph itself, the same in every tenant
	ResourceManagerAppID = "797f4846-ba00-4fd7-ba43-dac1f8f63013" // Azure Resource Manager itself, the same in every tenant
	SubscriptionID       = "8d36f1b2-c47a-4e95-b1f8-20a96c5d7e43" // the Azure subscription
)

// Entity is one resource as Graph returns it: property name to JSON value, which is a string, bool, int64,
// float64, nil, []any or map[string]any. Times are RFC 3339 strings. Properties that Graph returns only
// under $select are there too: which of them an answer shows is the simulated Graph's business.
type Entity = map[string]any

// Company is everything the tenant holds. No two entities share a map or a slice, except for the bytes of
// [Item.Content], so that whoever owns a Company may change each in place. It is not safe for use by
// several goroutines while one of them writes.
type Company struct {
	Organization Entity
	Users        []Entity          // the board and the others with a mailbox first, then by department, guests last
	Personal     Entity            // the user of the personal account; nobody else sees it
	ManagerOf    map[string]string // user id -> manager's user id; the CEO and guests have none
	Groups       []Entity
	Members      map[string][]string // group or directory role id -> user ids, and for some groups ids of other groups
	Owners       map[string][]string // group or application object id -> user ids

	DirectoryRoles, Applications, ServicePrincipals []Entity
	Domains, SubscribedSkus                         []Entity

	MailFolders map[string][]Entity // user id -> folders, flat; the first, msgfolderroot, holds the others and is in no list; wellKnownName is "" for a person's own
	Messages    map[string][]Entity // user id -> messages, newest first
	Attachments map[string][]Entity // message id -> attachments: fileAttachment with contentBytes, itemAttachment with item
	Calendars   map[string][]Entity // user id -> calendars, the default one first
	Events      map[string][]Entity // user id -> events by start; property type tells seriesMaster, occurrence, exception and singleInstance apart, calendarId the calendar
	Contacts    map[string][]Entity // user id -> contacts

	Drives  []Entity           // each OneDrive and each site's library; who owns it under "owner"
	DriveOf map[string]string  // user, site or group id -> id of the default drive
	Items   map[string][]*Item // drive id -> items, the root folder first, each folder before what is in it

	Sites     []Entity            // the root site first
	Lists     map[string][]Entity // site id -> lists
	ListItems map[string][]Entity // list id -> items, each with its columns under "fields"

	Shelves map[string][]Entity // what has no field of its own, by the path it is found under, with ids for keys: users/{id}/todo/lists; a single resource is a list of one

	Subscriptions  []Entity            // Azure Resource Manager: one
	ResourceGroups map[string][]Entity // subscription id -> resource groups
}

// Item is a file or folder of a drive. ParentID is empty for the root. Content is the file's bytes, which
// other items may share and nobody may write to; it is nil for folders.
type Item struct {
	Entity   Entity
	ParentID string
	Content  []byte
}

// New makes the company as it stands at now. The same now makes an equal company. It takes some tens of
// milliseconds.
func New(now time.Time) *Company {
	b := newBuilder(now)
	b.employ()
	b.addDirectory()
	b.addGroups()
	b.addApplications()
	var rest sync.WaitGroup // these take the longest, and touch different maps
	rest.Go(b.addMail)
	b.addSites()
	b.addDrives()
	b.addCalendars()
	b.addContacts()
	b.addAzure()
	b.addGrants()
	b.addOutlook()
	b.addTasks()
	b.addNotes()
	b.addTeams()
	b.addChats()
	b.addDevices()
	b.addSecurity()
	b.addSignInMethods()
	b.addServiceHealth()
	rest.Wait()
	return b.Company
}
