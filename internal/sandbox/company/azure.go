package company

// addAzure makes the Azure subscription with its resource groups, in the shapes of Azure Resource Manager.
func (b *builder) addAzure() {
	id := "/subscriptions/" + SubscriptionID
	b.Subscriptions = []Entity{{
		"id": id, "subscriptionId": SubscriptionID, "tenantId": TenantID, "displayName": "Merisand Cloud", "state": "Enabled", "authorizationSource": "RoleBased", "managedByTenants": []any{},
		"subscriptionPolicies": Entity{"locationPlacementId": "Public_2014-09-01", "quotaId": "EnterpriseAgreement_2014-09-01", "spendingLimit": "Off"}, "tags": Entity{"costCenter": "4020"},
	}}
	for _, g := range []struct{ name, location, purpose string }{
		{"rg-telemetry-prod", "northeurope", "buoys"}, {"rg-telemetry-test", "northeurope", "buoys"}, {"rg-calibration-portal", "germanywestcentral", "certificates"},
		{"rg-backup", "westeurope", "backup"}, {"rg-osaka-edge", "japanwest", "production"},
	} {
		b.ResourceGroups[SubscriptionID] = append(b.ResourceGroups[SubscriptionID], Entity{
			"id": id + "/resourceGroups/" + g.name, "name": g.name, "type": "Microsoft.Resources/resourceGroups", "location": g.location,
			"tags": Entity{"purpose": g.purpose}, "properties": Entity{"provisioningState": "Succeeded"},
		})
	}
}
