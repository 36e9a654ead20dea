package e2e

import (
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox"
)

type object = map[string]any

// aRow is a row, or a column, of the ancestor's inventory: a call with its own parameters, and what shows that it
// works.
type aRow struct {
	name, tool string
	arguments  object
	wire       string   // the request that it makes; "" where another row shows it
	want, lack []string // of the answer's text
	refused    bool
	kind       string // of the content, besides text
	only       string // "stdio" or "http"; "" for both
}

const (
	desk      = "/users/" + sandbox.MemberUPN
	deskDrive = desk + "/drive/root:"
	firmware  = deskDrive + "/Firmware/Firmware 4.2.1.md:/content"
)

func graphRows() []aRow {
	const tool = "microsoft_graph"
	return []aRow{
		{name: "path alone: GET, v1.0", tool: tool, arguments: object{"path": "/organization"}, wire: "GET /v1.0/organization", want: []string{"Merisand"}},
		{name: "apiVersion beta", tool: tool, arguments: object{"path": desk, "apiVersion": "beta"}, wire: "GET /beta" + desk, want: []string{sandbox.MemberUPN}},
		{name: "apiType graph, method GET, apiVersion v1.0", tool: tool, arguments: object{"apiType": "graph", "path": desk + "/manager", "method": "GET", "apiVersion": "v1.0"},
			wire: "GET /v1.0" + desk + "/manager", want: []string{`"displayName"`}},
		{name: "apiType azure", tool: tool, arguments: object{"apiType": "azure", "path": "/subscriptions", "queryParams": object{"api-version": "2022-12-01"}},
			wire: "GET /subscriptions?api-version=2022-12-01", want: []string{"subscriptionId"}},
		{name: "queryParams", tool: tool, arguments: object{"path": "/users", "queryParams": object{"$filter": "startswith(displayName,'S')", "$select": "id"}},
			wire: "GET /v1.0/users?$filter=startswith(displayName,'S')&$select=id", want: []string{"id"}, lack: []string{"displayName"}},
		{name: "queryParams beside a query in the path", tool: tool, arguments: object{"path": "/users?$top=3", "queryParams": object{"$select": "mail"}}, want: []string{"@merisand.example"}, lack: []string{"displayName"}},
		{name: "method POST, body an object", tool: tool, arguments: object{"path": desk + "/events", "method": "POST", "body": object{"subject": "Rows", "start": object{"dateTime": "2027-01-04T10:00:00", "timeZone": "UTC"}, "end": object{"dateTime": "2027-01-04T11:00:00", "timeZone": "UTC"}}},
			wire: "POST /v1.0" + desk + "/events", want: []string{`"subject":"Rows"`}},
		{name: "method POST, body a string", tool: tool, arguments: object{"path": desk + "/contacts", "method": "POST", "body": `{"givenName":"Row"}`}, wire: "POST /v1.0" + desk + "/contacts", want: []string{`"givenName":"Row"`}},
		{name: "method PATCH, body a string", tool: tool, arguments: object{"path": "/users/daisuke.watanabe@merisand.example", "method": "PATCH", "body": `{"jobTitle":"Sailor"}`}, wire: "PATCH /v1.0/users/daisuke.watanabe@merisand.example", want: []string{"204"}},
		{name: "method PUT", tool: tool, arguments: object{"path": deskDrive + "/Rows/put.txt:/content", "method": "PUT", "body": "some words"}, want: []string{`"put.txt"`}},
		{name: "method DELETE", tool: tool, arguments: object{"path": desk + "/events/none", "method": "DELETE"}, wire: "DELETE /v1.0" + desk + "/events/none", refused: true, want: []string{"404"}},
		{name: "the body of a GET is not sent", tool: tool, arguments: object{"path": desk + "/calendars", "body": object{"x": 1}}, wire: "GET /v1.0" + desk + "/calendars", want: []string{"Calendar"}},
		{name: "an error keeps status, code and request id", tool: tool, arguments: object{"path": "/users/nobody@row.example"}, refused: true, want: []string{"404", "Request_ResourceNotFound", "request-id"}},
		{name: "what is no text is not spoilt", tool: tool, arguments: object{"path": deskDrive + "/Firmware/Trials/Lantern/salad.jpg:/content"}, refused: true, want: []string{"image/jpeg"}},
		{name: "text", tool: tool, arguments: object{"path": firmware}, want: []string{"Firmware 4.2.1"}},
	}
}

func batchRows() []aRow {
	const tool = "microsoft_graph_batch"
	return []aRow{
		{name: "requests of every kind", tool: tool, wire: "POST /v1.0/$batch", arguments: object{"requests": []object{
			{"id": "a", "method": "GET", "url": desk + "?$select=displayName"},
			{"id": "b", "method": "GET", "url": "/users?$search=\"displayName:Sol\"&$select=displayName&$count=true", "headers": object{"ConsistencyLevel": "eventual"}},
			{"id": "c", "method": "POST", "url": desk + "/contacts", "body": object{"givenName": "Object"}},
			{"id": "d", "method": "POST", "url": desk + "/contacts", "body": `{"givenName":"Text"}`, "dependsOn": []string{"c"}},
			{"id": "e", "method": "GET", "url": "/users/nobody@row.example"},
		}}, want: []string{`"id":"a","status":200`, `"id":"b","status":200`, `"id":"e","status":404`, `"givenName":"Object"`, `"givenName":"Text"`}},
		{name: "apiVersion beta", tool: tool, wire: "POST /beta/$batch", arguments: object{"apiVersion": "beta", "requests": []object{{"id": "1", "method": "GET", "url": desk}}}, want: []string{`"status":200`}},
		{name: "a body that is no JSON", tool: tool, arguments: object{"requests": []object{{"id": "1", "method": "POST", "url": desk + "/mailFolders", "body": "{"}}}, refused: true, want: []string{"body"}},
		{name: "no requests", tool: tool, arguments: object{"requests": []object{}}, refused: true, want: []string{"requests"}},
	}
}

func fileRows() []aRow {
	return []aRow{
		{name: "path: an image", tool: "download_file", arguments: object{"path": deskDrive + "/Firmware/Trials/Lantern/salad.jpg:/content"}, kind: "image", want: []string{"salad.jpg", "image/jpeg"}},
		{name: "path: text", tool: "download_file", arguments: object{"path": firmware}, want: []string{"Firmware 4.2.1"}},
		{name: "path: json", tool: "download_file", arguments: object{"path": deskDrive + "/Firmware/device-config.json:/content"}, want: []string{"{"}},
		{name: "path: csv", tool: "download_file", arguments: object{"path": deskDrive + "/Firmware/Trials/Lantern/lantern-trial.csv:/content"}, want: []string{","}},
		{name: "apiVersion beta", tool: "download_file", arguments: object{"path": deskDrive + "/Firmware/Logs/kittiwake-log.txt:/content", "apiVersion": "beta"}, wire: "GET /beta" + deskDrive + "/Firmware/Logs/kittiwake-log.txt:/content", want: []string{"Kittiwake"}},
		{name: "all else is saved", tool: "download_file", only: "stdio", arguments: object{"path": deskDrive + "/Documents/Travel policy.docx:/content"},
			want: []string{`"filename":"Travel policy.docx"`, `"contentType":"application/vnd.openxml`, `"size":`, `"sizeFormatted":`, `"savedTo":`}, lack: []string{"base64"}},
		{name: "outputDir, filename", tool: "download_file", only: "stdio", arguments: object{"path": firmware, "outputDir": ".", "filename": "row.md"}, want: []string{`"filename":"row.md"`, `row.md"}`}},
		{name: "format", tool: "download_file", arguments: object{"path": deskDrive + "/Documents/Travel policy.docx:/content", "format": "pdf&x=1"}, refused: true, // the tenant converts nothing
			wire: "GET /v1.0" + deskDrive + "/Documents/Travel%20policy.docx:/content?format=pdf&x=1", want: []string{"406"}},
		{name: "all else comes as a link", tool: "download_file", only: "http", arguments: object{"path": deskDrive + "/Documents/Travel policy.docx:/content"},
			want: []string{`"filename":"Travel policy.docx"`, `"size":`, `"sizeFormatted":`, `"downloadUrl":"http://`}, lack: []string{"base64", "savedTo"}},
		{name: "outputDir over HTTP", tool: "download_file", only: "http", arguments: object{"path": firmware, "outputDir": "/tmp"}, refused: true, want: []string{"outputDir"}},

		{name: "path", tool: "read_document", arguments: object{"path": deskDrive + "/Documents/Travel policy.docx:/content"}, want: []string{"File: Travel policy.docx ("}},
		{name: "apiVersion", tool: "read_document", arguments: object{"path": firmware, "apiVersion": "beta"}, want: []string{"File: Firmware 4.2.1.md ("}},
		{name: "format", tool: "read_document", arguments: object{"path": deskDrive + "/Documents/Welcome.md:/content", "format": "pdf"}, refused: true,
			wire: "GET /v1.0" + deskDrive + "/Documents/Welcome.md:/content?format=pdf", want: []string{"406", "pdf"}},
		{name: "maxChars: the least", tool: "read_document", arguments: object{"path": deskDrive + "/Firmware/Trials/Lantern/lantern-trial.csv", "maxChars": 1000}, want: []string{"[part 1 of ", "go on with page 2]"}},
		{name: "maxChars: the most", tool: "read_document", arguments: object{"path": deskDrive + "/Firmware/Trials/Lantern/lantern-trial.csv", "maxChars": 200000}, lack: []string{"[part"}, want: []string{"File: "}},
		{name: "maxChars: less", tool: "read_document", arguments: object{"path": firmware, "maxChars": 999}, refused: true, want: []string{"maxChars"}},
		{name: "maxChars: more", tool: "read_document", arguments: object{"path": firmware, "maxChars": 200001}, refused: true, want: []string{"maxChars"}},
		{name: "text, not rich objects, in a sheet", tool: "read_document", arguments: object{"path": "/users/juergen.gross@merisand.example/drive/root:/Budget/Budget 2027 round 2.xlsx"}, want: []string{"|"}, lack: []string{"[object"}},

		{name: "path, localFile, contentType, conflictBehavior", tool: "get_upload_config", only: "http", arguments: object{"path": deskDrive + "/Rows/config.csv:/content", "localFile": "/tmp/a.csv", "contentType": "text/csv", "conflictBehavior": "replace"},
			want: []string{`"uploadUrl":"http://`, `"method":"PUT"`, `"contentType":"text/csv"`, `"authHeader":"Bearer upl_`, `"curl":"curl `, "'/tmp/a.csv'", "conflictBehavior=replace"}},
		{name: "path alone: rename", tool: "get_upload_config", only: "http", arguments: object{"path": deskDrive + "/Rows/b.bin:/content"}, want: []string{"conflictBehavior=rename", `"contentType":"application/octet-stream"`}},
		{name: "an unknown conflictBehavior", tool: "get_upload_config", only: "http", arguments: object{"path": deskDrive + "/Rows/b.bin:/content", "conflictBehavior": "overwrite"}, refused: true, want: []string{"rename"}},
	}
}

// quality is a site of the tenant.
const quality = "https://merisand.sharepoint.com/sites/quality"

func searchRows(qualityID string) []aRow {
	return []aRow{
		{name: "", tool: "get_auth_status", want: []string{`"authenticated":true`, `"mode":"clientCredentials"`, `"message":`, `"expiresAt":"20`}},

		{name: "query", tool: "sharepoint_search", wire: "POST /v1.0/search/query", arguments: object{"query": "calibration"},
			want: []string{`"results":[{"name":`, `"driveItemId":`, `"driveId":`, `"siteId":`, `"webUrl":`, `"lastModified":`, `"size":`, `"totalCount":`}},
		{name: "siteId: an address", tool: "sharepoint_search", arguments: object{"query": "calibration OR firmware", "siteId": quality, "top": 50}, want: []string{"/sites/quality"}, lack: []string{"/sites/productdev"}},
		{name: "siteId: a composite id", tool: "sharepoint_search", arguments: object{"query": "calibration OR firmware", "siteId": qualityID, "top": 50}, want: []string{"/sites/quality"}, lack: []string{"/sites/productdev"}},
		{name: "top", tool: "sharepoint_search", arguments: object{"query": "calibration", "top": 1}, want: []string{`"more":1`}},
		{name: "top: too many", tool: "sharepoint_search", arguments: object{"query": "calibration", "top": 51}, refused: true, want: []string{"top"}},
		{name: "fileTypes", tool: "sharepoint_search", arguments: object{"query": "calibration OR firmware", "fileTypes": []string{"xlsx", "docx"}, "top": 50}, want: []string{".docx", ".xlsx"}, lack: []string{".md", ".pdf"}},

		{name: "query: semantic", tool: "azure_ai_search", arguments: object{"query": "hotels"}, want: []string{`"results":[{"score":`, `"rerankerScore":`, `"document":{`, `"captions":`, `"answers":`}},
		{name: "queryType simple", tool: "azure_ai_search", arguments: object{"query": "hotels", "queryType": "simple"}, want: []string{`"score":`}, lack: []string{"rerankerScore", "captions"}},
		{name: "queryType full", tool: "azure_ai_search", arguments: object{"query": "hotels", "queryType": "full"}, want: []string{`"score":`}, lack: []string{"rerankerScore"}},
		{name: "vectorSearch", tool: "azure_ai_search", arguments: object{"query": "hotels", "vectorSearch": true}, want: []string{`"score":`}},
		{name: "filter, select", tool: "azure_ai_search", arguments: object{"query": "*", "queryType": "simple", "filter": "category eq 'manual'", "select": "title,category"}, want: []string{`"category":"manual"`}, lack: []string{"policy", `"content"`}},
		{name: "top, skip", tool: "azure_ai_search", arguments: object{"query": "*", "queryType": "simple", "top": 2, "skip": 3}, want: []string{`"more":5`}},
		{name: "orderby", tool: "azure_ai_search", arguments: object{"query": "*", "queryType": "simple", "orderby": "year desc", "top": 1, "select": "year"}, want: []string{`"year":2026`}},
		{name: "highlightFields", tool: "azure_ai_search", arguments: object{"query": "hotels", "queryType": "simple", "highlightFields": "content"}, want: []string{`"highlights":{"content":`}},
		{name: "includeTotalCount", tool: "azure_ai_search", arguments: object{"query": "hotels", "includeTotalCount": true}, want: []string{`"totalCount":`}},
		{name: "no total unasked", tool: "azure_ai_search", arguments: object{"query": "hotels"}, want: []string{"results"}, lack: []string{`"totalCount":`}},
	}
}

func (row aRow) check(t *testing.T, d *deployment, way string, c *client.Client) {
	t.Helper()
	before := d.sent(row.wire)
	got := invoke(t, c, row.tool, row.arguments)
	if got.IsError != row.refused {
		t.Errorf("%s: isError %v:\n%.600s", way, got.IsError, got.text())
	}
	if row.wire != "" && d.sent(row.wire) == before {
		t.Errorf("%s: %s was not sent", way, row.wire)
	}
	for _, want := range row.want {
		if !strings.Contains(got.text(), want) {
			t.Errorf("%s: lacks %s:\n%.600s", way, want, got.text())
		}
	}
	for _, lack := range row.lack {
		if strings.Contains(got.text(), lack) {
			t.Errorf("%s: holds %s:\n%.600s", way, lack, got.text())
		}
	}
	kinds := ""
	for _, content := range got.Content {
		kinds += content.Type + " "
	}
	if !strings.Contains(kinds, row.kind) || strings.Contains(got.text(), d.key) {
		t.Errorf("%s: content %s, want %s; the server's key in it: %v", way, kinds, row.kind, strings.Contains(got.text(), d.key))
	}
}
