package company

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// addTeams makes a team of each team group, with channels and what was written there.
func (b *builder) addTeams() {
	for _, g := range b.teamGroups() {
		id := groupID(g.nickname)
		general := threadID("General "+g.nickname, "thread.tacv2")
		b.shelve("teams", Entity{
			"id": id, "displayName": g.name, "description": g.purpose, "createdDateTime": stamp(b.daysAgo(g.age, 10, 0)), "internalId": general, "classification": nil,
			"specialization": "none", "visibility": map[bool]string{true: "private", false: "public"}[g.private], "isArchived": false, "tenantId": TenantID,
			"webUrl":            "https://teams.microsoft.com/l/team/" + general + "/conversations?groupId=" + id + "&tenantId=" + TenantID,
			"memberSettings":    Entity{"allowCreateUpdateChannels": true, "allowCreatePrivateChannels": true, "allowDeleteChannels": true, "allowAddRemoveApps": true, "allowCreateUpdateRemoveTabs": true, "allowCreateUpdateRemoveConnectors": true},
			"guestSettings":     Entity{"allowCreateUpdateChannels": false, "allowDeleteChannels": false},
			"messagingSettings": Entity{"allowUserEditMessages": true, "allowUserDeleteMessages": true, "allowOwnerDeleteMessages": true, "allowTeamMentions": true, "allowChannelMentions": true},
			"funSettings":       Entity{"allowGiphy": true, "giphyContentRating": "moderate", "allowStickersAndMemes": true, "allowCustomMemes": true},
		})
		for _, member := range b.Members[id] {
			b.shelve("teams/"+id+"/members", b.member("team "+id, member, b.isOwner(id, member)))
		}
		b.addChannel(id, general, "General", g.purpose, "Welcome! Decisions are written down here, not in mail.", "The minutes of Monday are in the Files tab.")
		b.addChannel(id, threadID("Planning "+g.nickname, "thread.tacv2"), "Planning", "Dates, dependencies and who does what.",
			"Can we move the review to Thursday? The pressure tests take a day longer.", "Fine with me.", "I have updated the plan; please check your tasks.")
	}
}

func (b *builder) isOwner(group, member string) bool {
	for _, owner := range b.Owners[group] {
		if owner == member {
			return true
		}
	}
	return false
}

// threadID is how Teams names channels and chats.
func threadID(subject, domain string) string {
	sum := sha256.Sum256([]byte(subject))
	return "19:" + hex.EncodeToString(sum[:16]) + "@" + domain
}

func (b *builder) addChannel(team, id, name, description string, texts ...string) {
	channel := "teams/" + team + "/channels"
	b.shelve(channel, Entity{
		"id": id, "displayName": name, "description": description, "createdDateTime": stamp(b.daysAgo(300, 10, 0)), "membershipType": "standard", "isArchived": false,
		"isFavoriteByDefault": nil, "email": "", "tenantId": TenantID, "webUrl": "https://teams.microsoft.com/l/channel/" + id + "/" + name + "?groupId=" + team + "&tenantId=" + TenantID,
	})
	messages := channel + "/" + id + "/messages"
	for i, text := range texts {
		author := b.Members[team][i%len(b.Members[team])]
		m := b.chatMessage(author, text, b.daysAgo(len(texts)-i, 9+i, 7*i))
		m["channelIdentity"] = Entity{"teamId": team, "channelId": id}
		if i == 0 {
			m["subject"] = name
			reply := b.chatMessage(b.Members[team][(i+1)%len(b.Members[team])], "Thank you.", b.daysAgo(len(texts)-i, 11, 2))
			reply["channelIdentity"], reply["replyToId"] = Entity{"teamId": team, "channelId": id}, m["id"]
			b.shelve(messages+"/"+m["id"].(string)+"/replies", reply)
		}
		b.Shelves[messages] = append([]Entity{m}, b.Shelves[messages]...) // newest first
	}
}

// chatMessage is a message in a chat or channel; its id is its time in milliseconds.
func (b *builder) chatMessage(author, text string, at time.Time) Entity {
	id := fmt.Sprint(at.UnixMilli() + int64(dice(author+text).IntN(59_000)))
	return Entity{
		"id": id, "etag": id, "messageType": "message", "createdDateTime": stamp(at), "lastModifiedDateTime": stamp(at), "lastEditedDateTime": nil, "deletedDateTime": nil,
		"replyToId": nil, "subject": nil, "summary": nil, "chatId": nil, "channelIdentity": nil, "importance": "normal", "locale": "en-us", "webUrl": nil,
		"from":        Entity{"application": nil, "device": nil, "user": Entity{"id": author, "displayName": b.nameOf(author), "userIdentityType": "aadUser", "tenantId": TenantID}},
		"body":        Entity{"contentType": "text", "content": text},
		"attachments": []any{}, "mentions": []any{}, "reactions": []any{},
	}
}

func (b *builder) nameOf(id string) string {
	name, _ := b.user(id)["displayName"].(string)
	return name
}

// user returns the user with an id, nil for none.
func (b *builder) user(id string) Entity {
	if b.users == nil {
		b.users = make(map[string]Entity, len(b.Users))
		for _, u := range b.Users {
			b.users[u["id"].(string)] = u
		}
	}
	return b.users[id]
}

// member is a person in a team or chat.
func (b *builder) member(of, id string, owner bool) Entity {
	e := Entity{
		"@odata.type": "#microsoft.graph.aadUserConversationMember", "id": strings.TrimRight(driveID("member " + of + id)[2:], "="), "roles": []any{}, "displayName": b.nameOf(id),
		"visibleHistoryStartDateTime": "0001-01-01T00:00:00Z", "userId": id, "tenantId": TenantID, "email": b.user(id)["mail"],
	}
	if owner {
		e["roles"] = list("owner")
	}
	return e
}

// addChats makes the chats of a few people.
func (b *builder) addChats() {
	cto := b.byUPN[ctoUPN].id
	for i, c := range []struct {
		topic  string
		people []string
		texts  []string
	}{
		{"", []string{MemberID, AdminID}, []string{"Could you unlock the test machine for me?", "Done. Please change the password today.", "Thanks!"}},
		{"", []string{MemberID, cto}, []string{"The hydrophone noise is gone with the new cable.", "Great. Can you show it on Thursday?"}},
		{"Halcyon test week", []string{MemberID, cto, AdminID, CEOID}, []string{"The tank is booked from Monday to Wednesday.", "Who brings the reference profiler?", "I do."}},
		{"", []string{CEOID, AdminID}, []string{"Please have a look at the phishing mail that I forwarded."}},
	} {
		id, kind := threadID(fmt.Sprint("chat ", i, c.people), "thread.v2"), "group"
		var topic any = c.topic
		if c.topic == "" {
			id, kind, topic = "19:"+c.people[0]+"_"+c.people[1]+"@unq.gbl.spaces", "oneOnOne", nil
		}
		b.shelve("chats", Entity{
			"id": id, "topic": topic, "chatType": kind, "createdDateTime": stamp(b.daysAgo(60+i, 9, 0)), "lastUpdatedDateTime": stamp(b.daysAgo(0, 7, i)), "tenantId": TenantID,
			"onlineMeetingInfo": nil, "viewpoint": nil, "webUrl": "https://teams.microsoft.com/l/chat/" + id + "/0?tenantId=" + TenantID,
		})
		for n, person := range c.people {
			b.shelve("chats/"+id+"/members", b.member("chat "+id, person, kind == "oneOnOne" || n == 0))
		}
		for n, text := range c.texts {
			m := b.chatMessage(c.people[n%len(c.people)], text, b.daysAgo(len(c.texts)-n, 14, n))
			m["chatId"] = id
			b.Shelves["chats/"+id+"/messages"] = append([]Entity{m}, b.Shelves["chats/"+id+"/messages"]...)
		}
	}
}
