package company

import (
	"fmt"
	"strings"
)

// addDevices gives the people with a desk a laptop, and every other one a telephone, as Intune and the directory show them.
func (b *builder) addDevices() {
	for i, p := range b.desks {
		first, _, _ := strings.Cut(p.upn, ".")
		b.addDevice(p, fmt.Sprintf("MI-%s-L%02d", strings.ToUpper(first), i+1), "Windows", "10.0.22631.4460", "Northlight", "Latitude 5450", i)
		if i%2 == 0 {
			b.addDevice(p, fmt.Sprintf("%s's iPhone", p.given), "iOS", "18.1.1", "Apple", "iPhone 15", i+50)
		}
	}
	b.shelve("deviceManagement/deviceCompliancePolicies",
		Entity{"@odata.type": "#microsoft.graph.windows10CompliancePolicy", "id": guid("compliance windows"), "displayName": "Windows: encrypted and up to date", "description": "BitLocker, firewall, antivirus.", "version": int64(4), "createdDateTime": stamp(b.daysAgo(500, 9, 0)), "lastModifiedDateTime": stamp(b.daysAgo(40, 9, 0))},
		Entity{"@odata.type": "#microsoft.graph.iosCompliancePolicy", "id": guid("compliance ios"), "displayName": "Telephones: passcode", "description": nil, "version": int64(1), "createdDateTime": stamp(b.daysAgo(410, 9, 0)), "lastModifiedDateTime": stamp(b.daysAgo(410, 9, 0))})
}

func (b *builder) addDevice(p *person, name, system, version, manufacturer, model string, number int) {
	directoryID, deviceID := guid("device "+name), guid("device id "+name)
	compliance := map[bool]string{true: "noncompliant", false: "compliant"}[number%5 == 3]
	enrolled, synced := b.daysAgo(200+number, 9, 0), b.daysAgo(number%9, 6, number)
	b.shelve("deviceManagement/managedDevices", Entity{
		"id": guid("managed " + name), "userId": p.id, "deviceName": name, "managedDeviceOwnerType": "company", "enrolledDateTime": stamp(enrolled), "lastSyncDateTime": stamp(synced),
		"operatingSystem": system, "osVersion": version, "complianceState": compliance, "managementAgent": "mdm", "deviceEnrollmentType": "windowsAzureADJoin",
		"azureADRegistered": true, "azureADDeviceId": deviceID, "userPrincipalName": p.upn, "userDisplayName": p.display, "emailAddress": p.upn, "manufacturer": manufacturer,
		"model": model, "serialNumber": fmt.Sprintf("SN%06d", 40117+number*13), "isEncrypted": compliance == "compliant", "isSupervised": system == "iOS",
		"totalStorageSpaceInBytes": int64(512110190592), "freeStorageSpaceInBytes": int64(201110190592), "deviceCategoryDisplayName": "Unknown", "phoneNumber": "", "imei": "",
		"managedDeviceName": p.display + "_" + system, "notes": nil,
	})
	b.shelve("devices", Entity{
		"id": directoryID, "deletedDateTime": nil, "deviceId": deviceID, "displayName": name, "accountEnabled": true, "operatingSystem": system, "operatingSystemVersion": version,
		"isCompliant": compliance == "compliant", "isManaged": true, "manufacturer": manufacturer, "model": model, "trustType": "AzureAd", "profileType": "RegisteredDevice",
		"deviceOwnership": "Company", "managementType": "MDM", "approximateLastSignInDateTime": stamp(synced), "registrationDateTime": stamp(enrolled), "physicalIds": []any{}, "systemLabels": []any{},
	})
	b.shelve("users/"+p.id+"/registeredDevices", Entity{"id": directoryID})
}
