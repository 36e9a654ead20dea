package doctor

import "context"

// Vault is where secrets of profiles rest.
type Vault struct {
	Title    string   // for people: "the OS keyring"
	Profiles []string // that keep something there
	// Open finds out whether it can be read. That there is nothing in it is no error.
	Open func(context.Context) error
}

// find looks whether the vault opens.
func (v Vault) find(ctx context.Context) Finding {
	if err := v.Open(ctx); err != nil {
		return Finding{State: Wrong, Text: err.Error(), Do: hint(err, "see whether it is there, and whether this user may open it")}
	}
	return Finding{State: OK, Text: v.Title + " opens"}
}
