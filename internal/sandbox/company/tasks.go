package company

import (
	"fmt"
	"time"
)

// addTasks gives the people with a desk their To Do lists, and two teams a plan.
func (b *builder) addTasks() {
	for i, p := range b.desks {
		lists := "users/" + p.id + "/todo/lists"
		tasks, errands := outlookID(p.id, "todo Tasks", folderBytes), outlookID(p.id, "todo Errands", folderBytes)
		b.shelve(lists,
			Entity{"id": tasks, "displayName": "Tasks", "isOwner": true, "isShared": false, "wellknownListName": "defaultList"},
			Entity{"id": errands, "displayName": "Errands", "isOwner": true, "isShared": i%3 == 0, "wellknownListName": "none"})
		for n, title := range []string{"Approve the travel expenses", "Answer the auditor's questions", "Prepare the quarterly review", "Book the room for the supplier's visit"} {
			b.shelve(lists+"/"+tasks+"/tasks", b.todo(p, title, n-1, n == 2))
		}
		b.shelve(lists+"/"+errands+"/tasks", b.todo(p, "Return the borrowed test buoy", 6, false))
	}
	b.addPlan("productdev", "Halcyon roadmap", map[string][]string{
		"To do":       {"Write the acoustic test report", "Choose the connector supplier", "Update the risk register"},
		"In progress": {"Pressure test of housing 4", "Firmware 2.3 release candidate"},
		"Done":        {"Freeze the sensor head drawing"},
	})
	b.addPlan("quality", "ISO 9001 audit", map[string][]string{"Before the audit": {"Collect calibration records", "Train the new inspectors"}, "After the audit": {"Answer the findings"}})
}

// todo is a task that is due that many days from now, high in importance when it is late.
func (b *builder) todo(p *person, title string, due int, done bool) Entity {
	at := b.daysAgo(9-due, 8, 15)
	e := Entity{
		"id": outlookID(p.id, "todo "+title, itemBytes), "title": title, "status": "notStarted", "importance": "normal", "isReminderOn": false, "hasAttachments": false,
		"categories": []any{}, "createdDateTime": stamp(at), "lastModifiedDateTime": stamp(at.Add(time.Hour)), "completedDateTime": nil,
		"body":        Entity{"content": "", "contentType": "text"},
		"dueDateTime": Entity{"dateTime": b.daysAgo(-due, 0, 0).Format("2006-01-02T15:04:05.0000000"), "timeZone": "UTC"},
	}
	if due < 0 {
		e["importance"] = "high"
	}
	if done {
		e["status"], e["completedDateTime"] = "completed", Entity{"dateTime": b.daysAgo(1, 0, 0).Format("2006-01-02T15:04:05.0000000"), "timeZone": "UTC"}
	}
	return e
}

// planID is 28 characters, as Planner's ids are.
func planID(subject string) string { return driveID("plan " + subject)[2:30] }

// addPlan makes the plan of a group, with its buckets and their tasks, which its first members have.
func (b *builder) addPlan(nickname, title string, buckets map[string][]string) {
	group, plan := groupID(nickname), planID(nickname)
	created := b.daysAgo(120, 9, 0)
	b.shelve("planner/plans", Entity{
		"@odata.etag": planTag(title), "id": plan, "title": title, "owner": group, "createdDateTime": stamp(created), "createdBy": planner(),
		"container": Entity{"containerId": group, "type": "group", "url": "https://graph.microsoft.com/v1.0/groups/" + group},
	})
	order := 0
	for _, name := range []string{"To do", "In progress", "Done", "Before the audit", "After the audit"} {
		tasks, has := buckets[name]
		if !has {
			continue
		}
		order++
		bucket := planID(nickname + name)
		b.shelve("planner/buckets", Entity{"@odata.etag": planTag(name), "id": bucket, "name": name, "planId": plan, "orderHint": fmt.Sprintf("85%dP!", order)})
		for i, task := range tasks {
			b.addPlannerTask(Entity{"planId": plan, "bucketId": bucket, "title": task, "createdBy": planner()}, b.Members[group][i%len(b.Members[group])], name == "Done", order*3+i)
		}
	}
}

// planner is who made plans and tasks.
func planner() Entity {
	return Entity{"user": Entity{"displayName": nil, "id": AdminID}, "application": Entity{"displayName": nil, "id": ClientID}}
}

func planTag(subject string) string {
	return `W/"JzEtVGFzayAgQEBAQEBAQEBAQEBAQEBA` + planID(subject)[:6] + `Jw=="`
}

func (b *builder) addPlannerTask(e Entity, assignee string, done bool, due int) {
	title := e["title"].(string)
	for key, value := range (Entity{
		"@odata.etag": planTag(title), "id": planID("task " + title), "orderHint": "8586!", "assigneePriority": "8585!", "percentComplete": int64(0), "priority": int64(5),
		"startDateTime": nil, "createdDateTime": stamp(b.daysAgo(30-due, 10, 0)), "dueDateTime": stamp(b.daysAgo(-due, 10, 0)), "completedDateTime": nil, "completedBy": nil,
		"hasDescription": true, "previewType": "automatic", "referenceCount": int64(0), "checklistItemCount": int64(0), "activeChecklistItemCount": int64(0),
		"conversationThreadId": nil, "appliedCategories": Entity{},
		"assignments": Entity{assignee: Entity{"@odata.type": "#microsoft.graph.plannerAssignment", "assignedDateTime": stamp(b.daysAgo(20, 10, 0)), "orderHint": "8585!"}},
	}) {
		e[key] = value
	}
	if done {
		e["percentComplete"], e["completedDateTime"], e["completedBy"] = int64(100), stamp(b.daysAgo(4, 15, 0)), Entity{"user": Entity{"id": assignee}}
	}
	b.shelve("planner/tasks", e)
	b.shelve("planner/tasks/"+e["id"].(string)+"/details", Entity{
		"@odata.etag": planTag("details " + title), "id": e["id"], "description": title + ": see the project's folder.", "previewType": "automatic", "references": Entity{}, "checklist": Entity{},
	})
}
