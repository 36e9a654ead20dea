package graphsim

func auditRoutes() []route {
	return in(directory,
		route{method: "GET", pattern: "auditLogs/signIns", needs: readAudit, serve: (*call).listSignIns},
		route{method: "GET", pattern: "auditLogs/signIns/{id}", needs: readAudit, serve: (*call).getSignIn},
		route{method: "GET", pattern: "auditLogs/directoryAudits", needs: readAudit, serve: (*call).listAudits},
	)
}

// signIns are made of what users have under signInActivity.
func (g *Graph) signIns() []Entity {
	var all []Entity
	for _, u := range g.o.Company.Users {
		activity, ok := u["signInActivity"].(map[string]any)
		if !ok || text(activity, "lastSignInDateTime") == "" {
			continue
		}
		all = append(all, Entity{
			"id": activity["lastSignInRequestId"], "createdDateTime": activity["lastSignInDateTime"], "userDisplayName": u["displayName"],
			"userPrincipalName": u["userPrincipalName"], "userId": u["id"], "appId": "5e3ce6c0-2b1f-4285-8d4b-75ee78787346", "appDisplayName": "Microsoft Teams Web Client",
			"ipAddress": "192.0.2.17", "clientAppUsed": "Browser", "conditionalAccessStatus": "success", "isInteractive": true,
			"correlationId": activity["lastSignInRequestId"], "status": Entity{"errorCode": int64(0), "failureReason": "Other.", "additionalDetails": nil},
			"location": Entity{"city": u["city"], "state": u["state"], "countryOrRegion": u["usageLocation"]},
		})
	}
	return all
}

func (c *call) listSignIns() (*answer, error) { return c.g.kinds.signIn.list(c.g.signIns()), nil }

func (c *call) getSignIn() (*answer, error) { return c.oneOf(c.g.kinds.signIn, c.g.signIns()) }

// listAudits shows when each application was registered.
func (c *call) listAudits() (*answer, error) {
	var all []Entity
	for _, a := range c.g.o.Company.Applications {
		all = append(all, Entity{
			"id": "Directory_" + text(a, "id"), "category": "ApplicationManagement", "correlationId": a["id"], "result": "success", "resultReason": "",
			"activityDisplayName": "Add application", "activityDateTime": a["createdDateTime"], "loggedByService": "Core Directory", "operationType": "Add",
			"initiatedBy": Entity{"user": nil, "app": nil}, "additionalDetails": []any{},
			"targetResources": []any{Entity{"id": a["id"], "displayName": a["displayName"], "type": "Application"}},
		})
	}
	return c.g.kinds.audit.list(all), nil
}
