package document

import (
	"context"

	"github.com/sapientsai/microsoft-mcp-server/internal/document/compound"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/mail"
	"github.com/sapientsai/microsoft-mcp-server/internal/document/reading"
)

// readOLE tells what is in a compound file: an Outlook message, an Office file of before 2007, or an encrypted one.
func readOLE(ctx context.Context, f File, l *reading.Limits) (*Text, error) {
	has := compound.Names(f.Data)
	switch {
	case has["EncryptedPackage"]:
		return nil, &Error{Kind: Encrypted, Format: "Office", Detail: "it is protected by a password, or rights-managed (a sensitivity label)"}
	case has["DRMContent"] || has["\x09DRMContent"]:
		return nil, &Error{Kind: Encrypted, Format: "Office", Detail: "it is rights-managed (a sensitivity label)"}
	case has["__properties_version1.0"]:
		return mail.ReadMSG(ctx, f, l)
	case has["WordDocument"]:
		return nil, &Error{Kind: Legacy, Format: "doc", Detail: "it is a Word document of before 2007"}
	case has["Workbook"] || has["Book"]:
		return nil, &Error{Kind: Legacy, Format: "xls", Detail: "it is an Excel workbook of before 2007"}
	case has["PowerPoint Document"]:
		return nil, &Error{Kind: Legacy, Format: "ppt", Detail: "it is a PowerPoint presentation of before 2007"}
	}
	return nil, &Error{Kind: Legacy, Format: "compound", Detail: "it is of a Microsoft program other than Word, Excel, PowerPoint and Outlook"}
}
