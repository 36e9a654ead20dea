package company

// addOutlook gives the people with a desk the categories and the rule that are in most mailboxes.
func (b *builder) addOutlook() {
	for _, p := range b.desks {
		for i, name := range []string{"Red category", "Blue category", "Board", "Halcyon", "Focus", "Follow up"} {
			b.shelve("users/"+p.id+"/outlook/masterCategories", Entity{"id": guid("category " + name + p.upn), "displayName": name, "color": []string{"preset0", "preset7", "preset3", "preset4", "preset9", "preset1"}[i]})
		}
		b.shelve("users/"+p.id+"/mailFolders/inbox/messageRules", Entity{
			"id": outlookID(p.id, "rule newsletters", folderBytes), "displayName": "Newsletters", "sequence": int64(1), "isEnabled": true, "hasError": false, "isReadOnly": false,
			"conditions": Entity{"bodyOrSubjectContains": list("unsubscribe")}, "exceptions": nil,
			"actions": Entity{"moveToFolder": outlookID(p.id, "folder Newsletters", folderBytes), "stopProcessingRules": true},
		})
	}
}
