package tools

import "crypto/sha256"

// Asker is on whose behalf a call is made.
type Asker struct {
	Principal string // who asked over HTTP; "" on stdio
	Tool      string
	RequestID string     // of the HTTP request, as in the log; "" on stdio
	Agreed    *Agreement // nil: a person has agreed to nothing yet
}

// Person is whom a call over HTTP is made for, where every caller acts as themselves. TenantID and ObjectID say who
// they are; Account is for showing alone.
type Person struct {
	TenantID string // a GUID
	ObjectID string // a GUID, the person's in that tenant
	Account  string // the user principal name, as far as it is known
	Grant    string // names what they have granted us, where they signed in through this server; else ""
	// Proof is the token that they came with, where it is to be exchanged for one of ours; else nil. It does not print.
	Proof interface{ Reveal() string }
}

// Agreement is what a person has agreed to in the course of one call of a tool.
type Agreement struct {
	Digests [][sha256.Size]byte // of the requests, as the errors had them that asked
	ByToken bool                // it came back through the model
}
