package profile

// Audit says where the audit log is kept.
type Audit struct {
	To      string // "stderr", "stdout", "file", "syslog" or "journald"
	File    string // absolute; "" unless To is "file"
	MaxSize int64  // bytes at which File is rotated; 0: never by us
	Keep    int    // rotated files that are kept
	Fatal   bool   // whether the server ends once the log cannot be written; else only changes are refused
}

type fileAudit struct {
	File string `toml:"file"`
}

func (l *loader) audit() Audit {
	b := &builder{loader: l, key: "audit"}
	return Audit{File: b.path("file", l.raw.Audit.File)}
}
