package profile

// Audit says where the audit log is kept.
type Audit struct {
	File string // absolute; "" for standard error
}

type fileAudit struct {
	File string `toml:"file"`
}

func (l *loader) audit() Audit {
	b := &builder{loader: l, key: "audit"}
	return Audit{File: b.path("file", l.raw.Audit.File)}
}
