package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/sapientsai/microsoft-mcp-server/internal/bench/typical"
)

const graphRoot = "https://graph.microsoft.com/v1.0"

// compressFrom is the size from which an answer is compressed, in bytes.
const compressFrom = 1024

// fix turns a value into a handler that always writes the same bytes.
func fix(v any) http.Handler {
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // the values are literals of this file
	}
	return fixed(plain.Bytes())
}

func fixed(plain []byte) http.Handler {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(plain)
	_ = z.Close()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8")
		h.Set("request-id", "5f0e5b1c-7a43-4d7c-9c2e-3f1a6b8d9e10")
		h.Set("client-request-id", r.Header.Get("client-request-id"))
		h.Set("OData-Version", "4.0")
		if len(plain) >= compressFrom && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed.Bytes())
			return
		}
		_, _ = w.Write(plain)
	})
}

// typicalRoutes serves the five reads that a model's tokens are counted of, and users by the hundred. Bodies are plain
// text where the request prefers that, as Outlook's are.
func typicalRoutes(mux *http.ServeMux, authorization string) {
	hundred := fix(manyUsers(100))
	for _, read := range typical.Reads() {
		asSent, asText := fixed([]byte(read.Answer(false))), fixed([]byte(read.Answer(true)))
		mux.Handle("GET /v1.0"+read.Path, guarded(authorization, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case read.Path == "/users" && r.URL.Query().Get("$top") == "100":
				hundred.ServeHTTP(w, r)
			case strings.Contains(r.Header.Get("Prefer"), `outlook.body-content-type="text"`):
				asText.ServeHTTP(w, r)
			default:
				asSent.ServeHTTP(w, r)
			}
		})))
	}
}

func oneUser() map[string]any {
	u := user(7)
	u["@odata.context"] = graphRoot + "/$metadata#users/$entity"
	return u
}

func manyUsers(n int) map[string]any {
	value := make([]any, n)
	for i := range value {
		value[i] = user(i)
	}
	return map[string]any{
		"@odata.context":  graphRoot + "/$metadata#users",
		"@odata.nextLink": graphRoot + "/users?$top=100&$skiptoken=" + strings.Repeat("RFNwdAIAAQ", 20),
		"value":           value,
	}
}

// user has the eleven properties that Graph returns unasked, half of them null as in most tenants.
func user(i int) map[string]any {
	name := fmt.Sprintf("Person%03d Example", i)
	mail := fmt.Sprintf("person%03d@example.com", i)
	return map[string]any{
		"businessPhones": []any{fmt.Sprintf("+1 425 555 %04d", i)}, "displayName": name,
		"givenName": fmt.Sprintf("Person%03d", i), "jobTitle": "Engineer", "mail": mail, "mobilePhone": nil,
		"officeLocation": nil, "preferredLanguage": nil, "surname": "Example", "userPrincipalName": mail,
		"id": fmt.Sprintf("6ea91a8d-e32e-41a1-b7bd-%012d", i),
	}
}

func manyMessages(n int) map[string]any {
	value := make([]any, n)
	for i := range value {
		value[i] = message(i)
	}
	return map[string]any{
		"@odata.context":  graphRoot + "/$metadata#users('7')/messages",
		"@odata.nextLink": graphRoot + "/users/7/messages?$top=10&$skip=10",
		"value":           value,
	}
}

func message(i int) map[string]any {
	id := fmt.Sprintf("AAMkAGI2%sAAA%04d=", strings.Repeat("TG93AAA", 16), i)
	sent := fmt.Sprintf("2026-11-%02dT09:%02d:00Z", 1+i%28, i%60)
	return map[string]any{
		"@odata.etag": fmt.Sprintf(`W/"CQAAABYAAADHcgC8Hl9tRZ%04d"`, i), "id": id,
		"createdDateTime": sent, "lastModifiedDateTime": sent, "receivedDateTime": sent, "sentDateTime": sent,
		"changeKey": "CQAAABYAAADHcgC8Hl9tRZ", "categories": []any{}, "hasAttachments": false,
		"internetMessageId": fmt.Sprintf("<%04d@mail.example.com>", i), "subject": fmt.Sprintf("Report number %d", i),
		"bodyPreview": "Hello, the figures of this week are below.", "importance": "normal",
		"parentFolderId": id + "F", "conversationId": id + "C", "conversationIndex": "AQHZ" + id[:16],
		"isDeliveryReceiptRequested": nil, "isReadReceiptRequested": false, "isRead": i%2 == 0, "isDraft": false,
		"webLink":                 "https://outlook.office365.com/owa/?ItemID=" + id + "&exvsurl=1&viewmodel=ReadMessageItem",
		"inferenceClassification": "focused",
		"body":                    map[string]any{"contentType": "html", "content": mailBody(i)},
		"sender":                  address(i), "from": address(i), "toRecipients": []any{address(i + 1), address(i + 2)},
		"ccRecipients": []any{}, "bccRecipients": []any{}, "replyTo": []any{},
		"flag": map[string]any{"flagStatus": "notFlagged"},
	}
}

func address(i int) map[string]any {
	return map[string]any{"emailAddress": map[string]any{
		"name": fmt.Sprintf("Person%03d Example", i), "address": fmt.Sprintf("person%03d@example.com", i),
	}}
}

// mailBody is about 16 KB of the HTML that mail programs write: styles, nested tables, inline formatting.
func mailBody(i int) string {
	var b strings.Builder
	b.WriteString(`<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><style type="text/css">` +
		"\r\n<!--\r\np {margin-top:0; margin-bottom:0}\r\n.row td {padding:4px 8px; border-bottom:1px solid #ddd}\r\n-->\r\n" +
		`</style></head><body dir="ltr"><div style="font-family:Calibri,Arial,Helvetica,sans-serif; font-size:12pt">` +
		"<p>Hello,</p><p><br></p><p>the figures of this week are below.</p>\r\n<table border=\"0\" cellspacing=\"0\">")
	for row := range 60 {
		fmt.Fprintf(&b, `<tr class="row"><td style="width:120px; color:#333333"><b>Item %d</b></td>`+
			`<td style="width:300px"><span style="font-size:11pt">Delivered to office %d, see <a href="https://example.com/items/%d?from=mail&amp;week=%d">the list</a></span></td>`+
			"<td align=\"right\">%d&nbsp;EUR</td></tr>\r\n", row, row%7, row, i, 100*row+i)
	}
	b.WriteString(`</table><p>&nbsp;</p><p>Kind regards<br>Person Example</p><img src="https://example.com/pixel.gif" width="1" height="1"></div></body></html>`)
	return b.String()
}
