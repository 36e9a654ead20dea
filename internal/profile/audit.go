package profile

// Audit says where the audit log is kept.
type Audit struct {
	To      string // "stderr", "stdout", "file", "syslog" or "journald"
	File    string // absolute; "" unless To is "file"
	MaxSize int64  // bytes at which File is rotated; 0: never by us
	Keep    int    // rotated files that are kept
	Fatal   bool   // whether the server ends once the log cannot be written; else only changes are refused
}

// The places of an audit log.
const (
	AuditStderr   = "stderr"
	AuditStdout   = "stdout"
	AuditFile     = "file"
	AuditSyslog   = "syslog"
	AuditJournald = "journald"
)

const defaultKeep = 10

type fileAudit struct {
	To      string `toml:"to"`
	File    string `toml:"file"`
	MaxSize *int64 `toml:"max_size"`
	Keep    *int64 `toml:"keep"`
	Fatal   bool   `toml:"fatal"`
}

func (l *loader) audit() Audit {
	r := l.raw.Audit
	b := &builder{loader: l, key: "audit"}
	places := []string{AuditStderr, AuditStdout, AuditFile, AuditSyslog, AuditJournald}
	a := Audit{To: places[b.choose("to", r.To, places...)], File: b.path("file", r.File), Fatal: r.Fatal,
		Keep: int(l.between("audit.keep", r.Keep, defaultKeep, 1, 1000))}
	if r.MaxSize != nil && *r.MaxSize != 0 {
		a.MaxSize = l.between("audit.max_size", r.MaxSize, 0, 64<<10, 1<<40)
	}
	if r.To == "" && r.File != "" {
		a.To = AuditFile
	}
	switch {
	case a.To == AuditFile && r.File == "":
		b.fail("file", `name the file, such as file = "audit.jsonl"`, "is missing")
	case a.To != AuditFile && r.File != "":
		b.fail("file", `write to = "file", or remove it`, "has no meaning with to = %q", a.To)
	case a.To != AuditFile && a.MaxSize != 0:
		b.fail("max_size", "remove it: only a file is rotated", "has no meaning with to = %q", a.To)
	case a.MaxSize == 0 && r.Keep != nil:
		b.fail("keep", "write max_size, too, or remove it", "has no meaning without max_size: no file is rotated")
	}
	return a
}
