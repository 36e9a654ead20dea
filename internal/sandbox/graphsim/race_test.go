package graphsim_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/sapientsai/microsoft-mcp-server/internal/sandbox/company"
)

// Readers and writers meet on the same resources; the race detector watches.
func TestReadersAndWriters(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for round := range 5 {
				name := fmt.Sprintf("w%d-%d.txt", worker, round)
				r.put("Shared/"+name, name)
				r.do("POST", mailbox+"/sendMail", map[string]any{"message": map[string]any{"subject": name, "toRecipients": recipient(company.AdminUPN)}})
				r.do("PATCH", "/v1.0/users/"+company.CEOID, map[string]any{"jobTitle": name})
				r.do("DELETE", drive+"/root:/Shared/"+name, nil)
			}
		})
		all.Go(func() {
			for range 5 {
				for _, path := range []string{drive + "/root:/Shared:/children", drive + "/root/delta", mailbox + "/messages?$expand=attachments", "/v1.0/users?$top=999", mailbox + "/mailFolders"} {
					if a := r.get(path); a.status != http.StatusOK && a.status != http.StatusNotFound {
						t.Errorf("%s: got %d", path, a.status)
					}
				}
			}
		})
	}
	all.Wait()
}
