package company

import "fmt"

// The ids of authentication methods that Microsoft fixes.
const (
	passwordMethod    = "28c10230-6103-485e-b985-444c60001490"
	mobilePhoneMethod = "3179e48a-750b-4051-897c-87b9720928f7"
)

// addSignInMethods gives every employee a password, most a telephone, some an authenticator app or a key, and everybody a
// presence.
func (b *builder) addSignInMethods() {
	for i, p := range b.staff {
		created := stamp(p.hired)
		methods := "users/" + p.id + "/authentication/methods"
		b.shelve(methods, Entity{"@odata.type": "#microsoft.graph.passwordAuthenticationMethod", "id": passwordMethod, "createdDateTime": created, "password": nil})
		if i%7 != 6 {
			b.shelve(methods, Entity{
				"@odata.type": "#microsoft.graph.phoneAuthenticationMethod", "id": mobilePhoneMethod, "createdDateTime": created, "phoneType": "mobile",
				"phoneNumber": fmt.Sprintf("%s%03d", p.office.mobile, p.number%1000), "smsSignInState": "notAllowedByPolicy",
			})
		}
		if i%3 == 0 {
			b.shelve(methods, Entity{
				"@odata.type": "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod", "id": guid("authenticator " + p.upn), "createdDateTime": created,
				"displayName": p.given + "'s phone", "deviceTag": "SoftwareTokenActivated", "phoneAppVersion": "6.8.3",
			})
		}
		if i%11 == 0 {
			b.shelve(methods, Entity{
				"@odata.type": "#microsoft.graph.fido2AuthenticationMethod", "id": driveID("fido " + p.upn)[2:30] + "2", "createdDateTime": created,
				"displayName": "Blue key", "aaGuid": guid("fido model"), "model": "Security Key", "attestationCertificates": []any{}, "attestationLevel": "attested",
			})
		}
		state := [][2]string{{"Available", "Available"}, {"Busy", "InAMeeting"}, {"Away", "Away"}, {"DoNotDisturb", "Presenting"}, {"Offline", "Offline"}}[dice("presence "+p.upn).IntN(5)]
		if p.disabled {
			state = [2]string{"Offline", "OffWork"}
		}
		b.shelve("users/"+p.id+"/presence", Entity{"id": p.id, "availability": state[0], "activity": state[1], "statusMessage": nil})
	}
}

// addServiceHealth makes what Microsoft tells administrators of its services.
func (b *builder) addServiceHealth() {
	for _, s := range [][3]string{
		{"Exchange Online", "Exchange", "serviceDegradation"}, {"SharePoint Online", "SharePoint", "serviceOperational"}, {"Microsoft Teams", "microsoftteams", "serviceOperational"},
		{"Microsoft Intune", "Intune", "serviceOperational"}, {"Microsoft Entra", "OSDPPlatform", "serviceOperational"},
	} {
		b.shelve("admin/serviceAnnouncement/healthOverviews", Entity{"id": s[1], "service": s[0], "status": s[2]})
	}
	announcement := func(id, title string, days int, more Entity) Entity {
		e := Entity{"id": id, "title": title, "startDateTime": stamp(b.daysAgo(days, 4, 0)), "endDateTime": nil, "lastModifiedDateTime": stamp(b.daysAgo(days-1, 5, 0)), "details": []any{}}
		for key, value := range more {
			e[key] = value
		}
		return e
	}
	b.shelve("admin/serviceAnnouncement/issues",
		announcement("EX912045", "Some users may see delays when sending email", 1, Entity{"service": "Exchange Online", "status": "serviceDegradation", "classification": "advisory", "isResolved": false, "origin": "microsoft",
			"feature": "E-Mail timely delivery", "featureGroup": "E-Mail and calendar access", "impactDescription": "Mail to outside recipients may be delayed by up to 30 minutes.", "posts": []any{}}),
		announcement("TM905512", "Users couldn't join meetings from the web client", 12, Entity{"service": "Microsoft Teams", "status": "serviceRestored", "classification": "incident", "isResolved": true, "origin": "microsoft",
			"feature": "Audio and Video", "featureGroup": "Teams Components", "impactDescription": "Joining failed for about an hour.", "posts": []any{}}))
	b.shelve("admin/serviceAnnouncement/messages",
		announcement("MC930114", "Retirement of classic meeting add-in", 9, Entity{"category": "planForChange", "severity": "normal", "isMajorChange": true, "services": list("Microsoft Teams"), "tags": list("Retirement", "User impact"),
			"actionRequiredByDateTime": stamp(b.daysAgo(-45, 0, 0)), "hasAttachments": false, "viewPoint": nil, "body": Entity{"contentType": "html", "content": "<p>The classic add-in goes away; the new one is installed by itself.</p>"}}))
}
