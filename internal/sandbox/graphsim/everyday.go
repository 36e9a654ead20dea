package graphsim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// What the shelves show of other things, and what Graph adds to what is put on them.

// licenseDetails lists a user's licences with their service plans.
func (c *call) licenseDetails() ([]Entity, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	var all []Entity
	licences, _ := u["assignedLicenses"].([]any)
	for _, l := range licences {
		licence, _ := l.(map[string]any)
		if sku, ok := find(c.g.o.Company.SubscribedSkus, segment{text: text(licence, "skuId"), property: "skuId"}); ok {
			all = append(all, Entity{"id": text(sku, "skuId"), "skuId": sku["skuId"], "skuPartNumber": sku["skuPartNumber"], "servicePlans": sku["servicePlans"]})
		}
	}
	return all, nil
}

// peopleAround lists who works with a user, the manager first.
func (c *call) peopleAround() ([]Entity, error) {
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	var near []Entity
	if m, ok := c.g.managerOf(u); ok {
		near = append(near, m.entity)
	}
	for _, t := range c.g.reportsOf(u) {
		near = append(near, t.entity)
	}
	for _, other := range c.g.o.Company.Users {
		if len(near) < 30 && other["department"] != nil && other["department"] == u["department"] && other["id"] != u["id"] {
			near = append(near, other)
		}
	}
	var all []Entity
	for i, p := range near {
		if slices.ContainsFunc(all, func(e Entity) bool { return e["id"] == p["id"] }) {
			continue
		}
		all = append(all, Entity{
			"id": p["id"], "displayName": p["displayName"], "givenName": p["givenName"], "surname": p["surname"], "jobTitle": p["jobTitle"], "department": p["department"],
			"companyName": p["companyName"], "officeLocation": p["officeLocation"], "userPrincipalName": p["userPrincipalName"], "imAddress": p["userPrincipalName"], "isFavorite": false,
			"personType":           Entity{"class": "Person", "subclass": "OrganizationUser"},
			"scoredEmailAddresses": []any{Entity{"address": p["mail"], "relevanceScore": float64(30 - i)}},
		})
	}
	return all, nil
}

func (c *call) presences() ([]Entity, error) {
	var all []Entity
	for _, u := range c.g.o.Company.Users {
		all = append(all, c.g.o.Company.Shelves["users/"+text(u, "id")+"/presence"]...)
	}
	return all, nil
}

// getPresences follows https://learn.microsoft.com/graph/api/cloudcommunications-getpresencesbyuserid.
func (c *call) getPresences() (*answer, error) {
	body, err := c.document()
	if err != nil {
		return nil, err
	}
	ids, _ := body["ids"].([]any)
	if len(ids) == 0 || len(ids) > 650 {
		return nil, badRequest("ids has to hold 1 to 650 ids.")
	}
	var all []Entity
	for _, id := range ids {
		s, _ := id.(string)
		all = append(all, c.g.o.Company.Shelves["users/"+s+"/presence"]...)
	}
	return c.g.kinds.shelved["presence"].list(all), nil
}

func (c *call) assignedTasks() ([]Entity, error) {
	id, err := c.idIn("users", "user")
	if err != nil {
		return nil, err
	}
	return c.g.chosen("planner/tasks", func(e Entity) bool {
		assignments, _ := e["assignments"].(map[string]any)
		return assignments[id] != nil
	}), nil
}

func (c *call) sharedPlans() ([]Entity, error) {
	id, err := c.idIn("users", "user")
	if err != nil {
		return nil, err
	}
	return c.g.chosen("planner/plans", func(e Entity) bool { return slices.Contains(c.g.o.Company.Members[text(e, "owner")], id) }), nil
}

func (c *call) newPlannerTask(e Entity) error {
	plan, ok := find(c.g.o.Company.Shelves["planner/plans"], segment{text: text(e, "planId")})
	if !ok || text(e, "title") == "" {
		return badRequest("The request is invalid: a planId that exists and a title are needed.")
	}
	if e["percentComplete"] == nil {
		e["percentComplete"] = int64(0)
	}
	e["planId"], e["createdBy"] = plan["id"], Entity{"user": Entity{"id": c.caller.UserID}, "application": Entity{"id": c.caller.AppID}}
	return nil
}

func (c *call) newTaskList(e Entity) error {
	if text(e, "displayName") == "" {
		return outlook.refuse400("displayName is required.")
	}
	e["isOwner"], e["isShared"], e["wellknownListName"] = true, false, "none"
	return nil
}

func (c *call) newTask(e Entity) error {
	if text(e, "title") == "" {
		return outlook.refuse400("title is required.")
	}
	for name, usual := range map[string]any{"status": "notStarted", "importance": "normal", "body": Entity{"content": "", "contentType": "text"}} {
		if e[name] == nil {
			e[name] = usual
		}
	}
	return nil
}

func (c *call) teamOfGroup() ([]Entity, error) {
	return c.shelved("teams", "id", "groups", "group")
}

func (c *call) joinedTeams() ([]Entity, error) {
	id, err := c.idIn("users", "user")
	if err != nil {
		return nil, err
	}
	return c.g.chosen("teams", func(e Entity) bool { return slices.Contains(c.g.o.Company.Members[text(e, "id")], id) }), nil
}

// chats lists those of the path's user, or of the caller where the path names none.
func (c *call) chats() ([]Entity, error) {
	id := c.caller.UserID
	if c.has("user") {
		var err error
		if id, err = c.idIn("users", "user"); err != nil {
			return nil, err
		}
	}
	return c.g.chosen("chats", func(e Entity) bool {
		return id == "" && c.has("chat") || c.g.isIn("chats/"+text(e, "id")+"/members", id)
	}), nil
}

// newChatMessage follows https://learn.microsoft.com/graph/api/chatmessage-post: people write, apps do not.
func (c *call) newChatMessage(e Entity) error {
	if c.caller.App {
		return c.forbidden()
	}
	body, _ := e["body"].(map[string]any)
	if text(body, "content") == "" {
		return badRequest("Missing body content")
	}
	if text(body, "contentType") == "" {
		e["body"] = merged(body, Entity{"contentType": "text"})
	}
	u, _ := c.g.findUser(segment{text: c.caller.UserID})
	now := c.g.o.Now()
	c.g.serial++
	e["id"] = itoa(now.UnixMilli() + c.g.serial)
	e["etag"], e["createdDateTime"], e["messageType"] = e["id"], now.UTC().Format(time.RFC3339), "message"
	e["from"] = Entity{"application": nil, "device": nil, "user": Entity{"id": u["id"], "displayName": u["displayName"], "userIdentityType": "aadUser", "tenantId": c.caller.TenantID}}
	if e["importance"] == nil {
		e["importance"] = "normal"
	}
	for name, param := range map[string]string{"chatId": "chat", "replyToId": "chatMessage"} {
		if c.has(param) {
			e[name] = c.text(param)
		}
	}
	if c.has("team") {
		e["channelIdentity"] = Entity{"teamId": c.text("team"), "channelId": c.text("channel")}
	}
	return nil
}

// registeredDevices lists the devices of the directory that a user has registered.
func (c *call) registeredDevices() ([]Entity, error) {
	id, err := c.idIn("users", "user")
	if err != nil {
		return nil, err
	}
	return c.g.chosen("devices", func(d Entity) bool {
		return slices.ContainsFunc(c.g.o.Company.Shelves["users/"+id+"/registeredDevices"], func(r Entity) bool { return r["id"] == d["id"] })
	}), nil
}

func (c *call) roleDefinitions() ([]Entity, error) {
	var all []Entity
	for _, r := range c.g.o.Company.DirectoryRoles {
		all = append(all, Entity{
			"id": r["roleTemplateId"], "templateId": r["roleTemplateId"], "displayName": r["displayName"], "description": r["description"], "isBuiltIn": true, "isEnabled": true,
			"resourceScopes": []any{"/"}, "version": "1", "rolePermissions": []any{},
		})
	}
	return all, nil
}

func (c *call) roleAssignments() ([]Entity, error) {
	var all []Entity
	for _, r := range c.g.o.Company.DirectoryRoles {
		for _, member := range c.g.o.Company.Members[text(r, "id")] {
			all = append(all, Entity{"id": strings.ReplaceAll(text(r, "roleTemplateId")[:8]+member, "-", ""), "principalId": member, "roleDefinitionId": r["roleTemplateId"], "directoryScopeId": "/", "appScopeId": nil, "condition": nil})
		}
	}
	return all, nil
}

// assignedTo lists who has the roles of a service principal, such as Microsoft Graph's.
func (c *call) assignedTo() ([]Entity, error) {
	id, err := c.idIn("servicePrincipals", "servicePrincipal")
	if err != nil {
		return nil, err
	}
	var all []Entity
	for _, sp := range c.g.o.Company.ServicePrincipals {
		all = append(all, c.g.chosen("servicePrincipals/"+text(sp, "id")+"/appRoleAssignments", func(e Entity) bool { return e["resourceId"] == id })...)
	}
	return all, nil
}

// newRoleAssignment follows https://learn.microsoft.com/graph/api/serviceprincipal-post-approleassignments.
func (c *call) newRoleAssignment(e Entity) error {
	principal, ok := find(c.g.o.Company.ServicePrincipals, c.params["servicePrincipal"])
	resource, known := find(c.g.o.Company.ServicePrincipals, segment{text: text(e, "resourceId")})
	roles, _ := resource["appRoles"].([]any)
	if !ok || !known || principal["id"] != e["principalId"] || !slices.ContainsFunc(roles, func(r any) bool {
		role, _ := r.(map[string]any)
		return role["id"] == e["appRoleId"]
	}) {
		return &problem{status: http.StatusBadRequest, code: "Request_BadRequest", message: "Permission being assigned was not found on application: principalId, resourceId and appRoleId have to belong together."}
	}
	e["principalDisplayName"], e["principalType"], e["resourceDisplayName"] = principal["displayName"], "ServicePrincipal", resource["displayName"]
	return nil
}

// checkSubscription follows https://learn.microsoft.com/graph/api/subscription-post-subscriptions. Nobody is called at the
// notification URL: the sandbox opens no connections.
func (c *call) checkSubscription(e Entity) error {
	for _, name := range words("changeType notificationUrl resource expirationDateTime") {
		if text(e, name) == "" {
			return &problem{status: http.StatusBadRequest, code: "InvalidRequest", message: "Invalid '" + name + "' specified: it is required."}
		}
	}
	until, err := time.Parse(time.RFC3339, text(e, "expirationDateTime"))
	switch {
	case err != nil || !until.After(c.g.o.Now()) || until.After(c.g.o.Now().AddDate(0, 0, 31)):
		return &problem{status: http.StatusBadRequest, code: "ExtensionError", message: "Subscription expiration can only be in the future, and no more than some days from now."}
	case !strings.HasPrefix(text(e, "notificationUrl"), "https://"):
		return &problem{status: http.StatusBadRequest, code: "InvalidRequest", message: "Invalid 'notificationUrl' specified: it has to begin with https."}
	}
	e["applicationId"], e["creatorId"] = c.caller.AppID, c.caller.UserID
	return nil
}

// pageContent follows https://learn.microsoft.com/graph/api/page-get: a page's HTML is no part of its resource.
func (c *call) pageContent() (*answer, error) {
	if !c.caller.App && !c.namesCaller() {
		return nil, c.forbidden()
	}
	id, err := c.idIn("users", "user")
	if err != nil {
		return nil, err
	}
	page, ok := find(c.g.o.Company.Shelves["users/"+id+"/onenote/pages"], c.params["onenotePage"])
	if !ok {
		return nil, service.notFound(c.text("onenotePage"))
	}
	return &answer{content: []byte(text(page, "content")), kind: "text/html"}, nil
}

// registrationDetails tells of each user which methods there are
// (https://learn.microsoft.com/graph/api/resources/userregistrationdetails).
func (c *call) registrationDetails() ([]Entity, error) {
	names := map[string]string{"phone": "mobilePhone", "microsoftAuthenticator": "microsoftAuthenticatorPush", "fido2": "passKeyDeviceBound"}
	var all []Entity
	for _, u := range c.g.o.Company.Users {
		registered, strong := []any{}, false
		for _, m := range c.g.o.Company.Shelves["users/"+text(u, "id")+"/authentication/methods"] {
			kind := strings.TrimSuffix(strings.TrimPrefix(text(m, "@odata.type"), "#microsoft.graph."), "AuthenticationMethod")
			if name := names[kind]; name != "" {
				registered, strong = append(registered, name), true
			}
		}
		isAdmin := slices.ContainsFunc(c.g.memberOf(u), func(t thing) bool { return t.kind == c.g.kinds.role })
		all = append(all, Entity{
			"id": u["id"], "userPrincipalName": u["userPrincipalName"], "userDisplayName": u["displayName"], "userType": strings.ToLower(text(u, "userType")), "isAdmin": isAdmin,
			"isMfaCapable": strong, "isMfaRegistered": strong, "isPasswordlessCapable": slices.Contains(registered, any("passKeyDeviceBound")), "isSsprCapable": strong, "isSsprEnabled": true,
			"isSsprRegistered": strong, "isSystemPreferredAuthenticationMethodEnabled": true, "methodsRegistered": registered, "systemPreferredAuthenticationMethods": []any{},
			"lastUpdatedDateTime": c.g.stamp(),
		})
	}
	return all, nil
}
