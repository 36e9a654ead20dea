package company

// managedIdentity is an identity that Azure gives to what runs there. It has a service principal and no
// registration.
type managedIdentity struct {
	clientID, name string
	names          []string // alternative names: whether it is the user's own, and its resource id
	roles          []string // granted application permissions
	age            int      // days
}

func managedIdentities() []managedIdentity {
	return []managedIdentity{
		{UserIdentityClientID, "buoy-reader", []string{"isExplicit=True", UserIdentityResourceID}, []string{"User.Read.All", "Group.Read.All"}, 380},
		{SystemIdentityClientID, "func-telemetry-prod", []string{"isExplicit=False", "/subscriptions/" + SubscriptionID + "/resourcegroups/rg-telemetry-prod/providers/Microsoft.Web/sites/func-telemetry-prod"},
			[]string{"User.Read.All", "Sites.Read.All"}, 410},
	}
}
