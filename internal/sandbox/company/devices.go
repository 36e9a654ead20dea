package company

import (
	"fmt"
	"strings"
)

// addDevices gives the people with a desk a laptop, and every other one a telephone, as Intune and the directory show them.
func (b *builder) addDevices() {
	laptop := device{system: "Windows", version: "10.0.22631.4460", manufacturer: "Northlight", model: "Latitude 5450"}
	telephone := device{system: "iOS", version: "18.1.1", manufacturer: "Apple", model: "iPhone 15"}
	for i, p := range b.desks {
		first, _, _ := strings.Cut(p.upn, ".")
		b.addDevice(p, fmt.Sprintf("MI-%s-L%02d", strings.ToUpper(first), i+1), laptop, i)
		if i%2 == 0 {
			b.addDevice(p, fmt.Sprintf("%s's iPhone", p.given), telephone, i+50)
		}
	}
	b.shelve("deviceManagement/deviceCompliancePolicies",
		Entity{"@odata.type": "#microsoft.graph.windows10CompliancePolicy", "id": guid("compliance windows"), "displayName": "Windows: encrypted and up to date", "description": "BitLocker, firewall, antivirus.", "version": int64(4), "createdDateTime": stamp(b.daysAgo(500, 9, 0)), "lastModifiedDateTime": stamp(b.daysAgo(40, 9, 0))},
		Entity{"@odata.type": "#microsoft.graph.iosCompliancePolicy", "id": guid("compliance ios"), "displayName": "Telephones: passcode", "description": nil, "version": int64(1), "createdDateTime": stamp(b.daysAgo(410, 9, 0)), "lastModifiedDateTime": stamp(b.daysAgo(410, 9, 0))})
}

// device is what all devices of a kind have.
type device struct{ system, version, manufacturer, model string }

func (b *builder) addDevice(p *person, name string, of device, number int) {
	directoryID, deviceID := guid("device "+name), guid("device id "+name)
	compliance := map[bool]string{true: "noncompliant", false: "compliant"}[number%5 == 3]
	enrolled, synced := b.daysAgo(200+number, 9, 0), b.daysAgo(number%9, 6, number)
	b.shelve("deviceManagement/managedDevices", Entity{
		"id": guid("managed " + name), "userId": p.id, "deviceName": name, "managedDeviceOwnerType": "company", "enrolledDateTime": stamp(enrolled), "lastSyncDateTime": stamp(synced),
		"operatingSystem": of.system, "osVersion": of.version, "complianceState": compliance, "managementAgent": "mdm", "deviceEnrollmentType": "windowsAzureADJoin",
		"azureADRegistered": true, "azureADDeviceId": deviceID, "userPrincipalName": p.upn, "userDisplayName": p.display, "emailAddress": p.upn, "manufacturer": of.manufacturer,
		"model": of.model, "serialNumber": fmt.Sprintf("SN%06d", 40117+number*13), "isEncrypted": compliance == "compliant", "isSupervised": of.system == "iOS",
		"totalStorageSpaceInBytes": int64(512110190592), "freeStorageSpaceInBytes": int64(201110190592), "deviceCategoryDisplayName": "Unknown", "phoneNumber": "", "imei": "",
		"managedDeviceName": p.display + "_" + of.system, "notes": nil,
	})
	b.shelve("devices", Entity{
		"id": directoryID, "deletedDateTime": nil, "deviceId": deviceID, "displayName": name, "accountEnabled": true, "operatingSystem": of.system, "operatingSystemVersion": of.version,
		"isCompliant": compliance == "compliant", "isManaged": true, "manufacturer": of.manufacturer, "model": of.model, "trustType": "AzureAd", "profileType": "RegisteredDevice",
		"deviceOwnership": "Company", "managementType": "MDM", "approximateLastSignInDateTime": stamp(synced), "registrationDateTime": stamp(enrolled), "physicalIds": []any{}, "systemLabels": []any{},
	})
	b.shelve("users/"+p.id+"/registeredDevices", Entity{"id": directoryID})
}
